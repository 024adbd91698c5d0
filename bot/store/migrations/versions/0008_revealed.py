"""what was revealed at the desk, by whom"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('revealed',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('login', sa.String(length=64), nullable=False),
    sa.Column('what', sa.String(length=16), nullable=False),
    sa.Column('rows', sa.JSON(), nullable=False),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id')
    )
    op.create_index('ix_revealed_at', 'revealed', ['at'], unique=False)
    op.create_index('ix_revealed_place_id', 'revealed', ['place_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_revealed_place_id', table_name='revealed')
    op.drop_index('ix_revealed_at', table_name='revealed')
    op.drop_table('revealed')
