"""evaluators' tokens"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('evaluator_token',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('label', sa.String(length=80), nullable=False),
    sa.Column('token_hash', sa.LargeBinary(length=32), nullable=False),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('expires_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('token_hash')
    )
    op.create_index('ix_evaluator_token_place_id', 'evaluator_token', ['place_id'], unique=False)


def downgrade() -> None:
    op.drop_index('ix_evaluator_token_place_id', table_name='evaluator_token')
    op.drop_table('evaluator_token')
