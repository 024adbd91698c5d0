"""concerns; holidays; asks that a coordinator may read"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None

RESIDENT = sa.BigInteger().with_variant(sa.Integer(), 'sqlite')
MOMENT = bot.store.tables.UtcDateTime(timezone=True)
CHECKS = {
    'concern_next_actor': "next_actor in ('lead', 'reporter', 'place')",
    'concern_has_a_next_time': "(state = 'closed') = (due_at is null)",
    'concern_has_a_next_actor': "(due_at is null) = (next_actor is null)",
}


def upgrade() -> None:
    with op.batch_alter_table('ask') as batch_op:
        batch_op.add_column(sa.Column('coordinator_reads', sa.Boolean(), server_default=sa.false(), nullable=False))
    with op.batch_alter_table('volunteer') as batch_op:
        batch_op.add_column(sa.Column('paused_from', MOMENT, nullable=True))
    with op.batch_alter_table('concern') as batch_op:
        batch_op.add_column(sa.Column('against', sa.String(length=12), server_default='other', nullable=False))
        batch_op.add_column(sa.Column('next_actor', sa.String(length=8), nullable=True))
        batch_op.add_column(sa.Column('reminded', sa.Integer(), server_default='0', nullable=False))
        for name in ('acknowledged_at', 'escalated_at', 'appealed_at'):
            batch_op.add_column(sa.Column(name, MOMENT, nullable=True))
        for name, rule in CHECKS.items():
            batch_op.create_check_constraint(name, rule)
    op.create_table('concern_named',
    sa.Column('concern_id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('resident_id', RESIDENT, autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['concern_id'], ['concern.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('concern_id', 'resident_id')
    )
    op.create_index('ix_concern_named_resident_id', 'concern_named', ['resident_id'], unique=False)
    op.create_table('concern_look',
    sa.Column('id', RESIDENT, nullable=False),
    sa.Column('concern_id', sa.Integer(), nullable=False),
    sa.Column('resident_id', RESIDENT, nullable=True),
    sa.Column('at_desk', sa.Boolean(), nullable=False),
    sa.Column('at', MOMENT, nullable=False),
    sa.ForeignKeyConstraint(['concern_id'], ['concern.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_concern_look_concern_id', 'concern_look', ['concern_id'], unique=False)
    op.create_index('ix_concern_look_resident_id', 'concern_look', ['resident_id'], unique=False)


def downgrade() -> None:
    op.drop_table('concern_look')
    op.drop_table('concern_named')
    with op.batch_alter_table('concern') as batch_op:
        for name in CHECKS:
            batch_op.drop_constraint(name, type_='check')
        for name in ('appealed_at', 'escalated_at', 'acknowledged_at', 'reminded', 'next_actor', 'against'):
            batch_op.drop_column(name)
    with op.batch_alter_table('volunteer') as batch_op:
        batch_op.drop_column('paused_from')
    with op.batch_alter_table('ask') as batch_op:
        batch_op.drop_column('coordinator_reads')
