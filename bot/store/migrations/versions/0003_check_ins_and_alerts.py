"""check-ins and alerts"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None

RESIDENT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')


def upgrade() -> None:
    op.create_table('checkin_plan',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('audience', sa.String(length=16), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('breakdowns', sa.JSON(), nullable=False),
    sa.Column('compare', sa.Boolean(), nullable=False),
    sa.Column('every', sa.String(length=64), nullable=False),
    sa.Column('open_days', sa.Integer(), nullable=False),
    sa.Column('next_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('active', 'ended')", name='checkin_plan_state'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_checkin_plan_place_id', 'checkin_plan', ['place_id'], unique=False)
    op.create_index('ix_checkin_plan_next_at', 'checkin_plan', ['next_at'], unique=False)

    op.create_table('checkin',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('plan_id', sa.Integer(), nullable=True),
    sa.Column('echo_of', sa.Integer(), nullable=True),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('questions', sa.JSON(), nullable=False),
    sa.Column('groups', sa.JSON(), nullable=False),
    sa.Column('by', sa.JSON(), nullable=False),
    sa.Column('compare', sa.Boolean(), nullable=False),
    sa.Column('invited', sa.Integer(), nullable=True),
    sa.Column('inviting', RESIDENT, nullable=True),
    sa.Column('telling', RESIDENT, nullable=True),
    sa.Column('carried_until', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['echo_of'], ['round.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['plan_id'], ['checkin_plan.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('round_id')
    )
    op.create_index('ix_checkin_plan_id', 'checkin', ['plan_id'], unique=False)
    op.create_index('ix_checkin_echo_of', 'checkin', ['echo_of'], unique=False)

    op.create_table('chart',
    sa.Column('round_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('png', sa.LargeBinary(), nullable=True),
    sa.Column('file_id', sa.String(length=200), nullable=True),
    sa.ForeignKeyConstraint(['round_id'], ['round.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('round_id', 'language')
    )
    op.create_table('helpline',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('name', sa.String(length=80), nullable=False),
    sa.Column('number', sa.String(length=40), nullable=False),
    sa.Column('hours', sa.String(length=80), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('place_id', 'language', 'number')
    )
    op.create_index('ix_helpline_place_id', 'helpline', ['place_id'], unique=False)

    op.create_table('alert',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', RESIDENT, nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('raised_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('next_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('told', sa.Integer(), nullable=False),
    sa.Column('escalated_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('taken_by_id', RESIDENT, nullable=True),
    sa.Column('taken_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('open', 'taken', 'closed')", name='alert_state'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['taken_by_id'], ['resident.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id')
    )
    for column in ('place_id', 'resident_id', 'next_at', 'taken_by_id'):
        op.create_index(f'ix_alert_{column}', 'alert', [column], unique=False)

    # Columns that may be empty or have a default are added in place: no table is made anew.
    op.add_column('place', sa.Column('duty_from', sa.String(length=5), server_default='09:00', nullable=False))
    op.add_column('place', sa.Column('duty_to', sa.String(length=5), server_default='17:00', nullable=False))
    op.add_column('place', sa.Column('steering_first_days', sa.Integer(), server_default='0', nullable=False))
    op.add_column('resident', sa.Column('age_band', sa.String(length=8), nullable=True))


def downgrade() -> None:
    with op.batch_alter_table('resident') as batch_op:
        batch_op.drop_column('age_band')
    with op.batch_alter_table('place') as batch_op:
        batch_op.drop_column('steering_first_days')
        batch_op.drop_column('duty_to')
        batch_op.drop_column('duty_from')
    for table in ('alert', 'helpline', 'chart', 'checkin', 'checkin_plan'):
        op.drop_table(table)
