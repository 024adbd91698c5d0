"""the quarters that are counted, and who was reached in one"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('quarter_end',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('quarter', sa.String(length=7), nullable=False),
    sa.Column('ends_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place_id')
    )
    op.create_index('ix_quarter_end_ends_at', 'quarter_end', ['ends_at'], unique=False)
    op.create_table('quarter_release',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('quarter', sa.String(length=7), nullable=False),
    sa.Column('body', sa.String(), nullable=False),
    sa.Column('sha256', sa.String(length=64), nullable=False),
    sa.Column('released_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place_id', 'quarter')
    )
    op.create_table('reached',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('quarter', sa.String(length=7), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.CheckConstraint('level in (1, 2)', name='reached_level'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'quarter')
    )
    op.create_index('ix_reached_place_id', 'reached', ['place_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_reached_place_id', table_name='reached')
    op.drop_table('reached')
    op.drop_table('quarter_release')
    op.drop_index('ix_quarter_end_ends_at', table_name='quarter_end')
    op.drop_table('quarter_end')
