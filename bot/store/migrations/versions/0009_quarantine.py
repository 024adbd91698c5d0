"""what waits since a backup was restored"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('quarantine',
    sa.Column('id', sa.Integer(), autoincrement=False, nullable=False),
    sa.Column('since', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint('id = 1', name='quarantine_one'),
    sa.PrimaryKeyConstraint('id')
    )


def downgrade() -> None:
    op.drop_table('quarantine')
