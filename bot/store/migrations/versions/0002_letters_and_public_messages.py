"""letters and public messages"""

from collections.abc import Iterator
from contextlib import contextmanager

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations
import bot.store.tables


revision = '0002'
down_revision = '0001'
branch_labels = None
depends_on = None


STATES_BEFORE = "state in ('queued', 'sending', 'sent', 'unneeded', 'unknown', 'dead', 'expired', 'cancelled')"
STATES = STATES_BEFORE.replace("'cancelled')", "'cancelled', 'held')")


@contextmanager
def letter_under(states: str) -> Iterator[BatchOperations]:
    """Change the letters' table, and which states it knows: the old rule goes, or both would hold."""
    with op.batch_alter_table('letter') as batch_op:
        batch_op.drop_constraint('letter_state', type_='check')
        batch_op.create_check_constraint('letter_state', states)
        yield batch_op


def upgrade() -> None:
    op.create_table('gate',
    sa.Column('bot_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('lookup', sa.LargeBinary(length=16), nullable=False),
    sa.Column('until', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('bot_id', 'lookup')
    )
    with op.batch_alter_table('gate') as batch_op:
        batch_op.create_index(batch_op.f('ix_gate_until'), ['until'], unique=False)

    op.create_table('sender',
    sa.Column('bot_id', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('holder', sa.String(length=64), nullable=False),
    sa.Column('term', sa.Integer(), nullable=False),
    sa.Column('until', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('paused_until', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('slow_until', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.PrimaryKeyConstraint('bot_id')
    )
    op.create_table('broadcast',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=8), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('text_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('template', sa.String(length=32), nullable=True),
    sa.Column('blanks', sa.JSON(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('audience', sa.JSON(), nullable=False),
    sa.Column('send_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('expires_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('photo', sa.LargeBinary(), nullable=True),
    sa.Column('photo_file_id', sa.String(length=200), nullable=True),
    sa.Column('made_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('sent_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('corrected_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('expected', sa.Integer(), nullable=True),
    sa.CheckConstraint("kind in ('info', 'event', 'urgent')", name='broadcast_kind'),
    sa.CheckConstraint("state in ('draft', 'scheduled', 'sending', 'sent', 'cancelled')", name='broadcast_state'),
    sa.CheckConstraint('(text_id is null) <> (template is null)', name='broadcast_says_one'),
    sa.ForeignKeyConstraint(['made_by_id'], ['resident.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['text_id'], ['text.id'], ),
    sa.PrimaryKeyConstraint('id')
    )
    with op.batch_alter_table('broadcast') as batch_op:
        batch_op.create_index('broadcast_due', ['state', 'send_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_broadcast_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_broadcast_place_id'), ['place_id'], unique=False)

    op.create_table('helper',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('last_asked_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'language')
    )
    with op.batch_alter_table('helper') as batch_op:
        batch_op.create_index(batch_op.f('ix_helper_place_id'), ['place_id'], unique=False)

    op.create_table('wording_ask',
    sa.Column('text_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('task', sa.String(length=10), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('asked_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.CheckConstraint("state in ('asked', 'done', 'passed')", name='wording_ask_state'),
    sa.CheckConstraint("task in ('translate', 'check')", name='wording_ask_task'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['text_id'], ['text.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('text_id', 'language', 'resident_id', 'task')
    )
    with op.batch_alter_table('wording_ask') as batch_op:
        batch_op.create_index(batch_op.f('ix_wording_ask_resident_id'), ['resident_id'], unique=False)

    op.create_table('wording_wish',
    sa.Column('text_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('language', sa.String(length=12), nullable=False),
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['text_id'], ['text.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('text_id', 'language', 'resident_id')
    )
    with op.batch_alter_table('wording_wish') as batch_op:
        batch_op.create_index(batch_op.f('ix_wording_wish_resident_id'), ['resident_id'], unique=False)

    with letter_under(STATES) as batch_op:
        batch_op.add_column(sa.Column('broadcast_id', sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column('settled_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('said_in', sa.String(length=12), nullable=True))
        batch_op.add_column(sa.Column('said_revision', sa.Integer(), nullable=True))
        batch_op.create_index(batch_op.f('ix_letter_broadcast_id'), ['broadcast_id'], unique=False)
        batch_op.create_foreign_key('letter_broadcast', 'broadcast', ['broadcast_id'], ['id'], ondelete='CASCADE')

    with op.batch_alter_table('place') as batch_op:
        batch_op.add_column(sa.Column('bot_id', sa.BigInteger(), nullable=True))
        batch_op.add_column(sa.Column('weekly_letters', sa.Integer(), server_default='5', nullable=False))
        batch_op.add_column(sa.Column('letters_paused', sa.Boolean(), server_default=sa.false(), nullable=False))
        batch_op.create_foreign_key('place_bot', 'bot', ['bot_id'], ['id'])

    with op.batch_alter_table('text') as batch_op:
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='1', nullable=False))

    with op.batch_alter_table('tick_run') as batch_op:
        batch_op.add_column(sa.Column('finished_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column('error', sa.String(length=80), nullable=True))

    with op.batch_alter_table('wording') as batch_op:
        batch_op.add_column(sa.Column('title', sa.String(length=300), nullable=True))
        batch_op.add_column(sa.Column('revision', sa.Integer(), server_default='1', nullable=False))
        batch_op.add_column(sa.Column('origin', sa.String(length=10), server_default='human', nullable=False))
        batch_op.add_column(sa.Column('writer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('checker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True))
        batch_op.add_column(sa.Column('note', sa.String(length=500), nullable=True))
        batch_op.create_index(batch_op.f('ix_wording_checker_id'), ['checker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_wording_writer_id'), ['writer_id'], unique=False)
        batch_op.create_foreign_key('wording_checker', 'resident', ['checker_id'], ['id'], ondelete='SET NULL')
        batch_op.create_foreign_key('wording_writer', 'resident', ['writer_id'], ['id'], ondelete='SET NULL')

        batch_op.create_check_constraint('wording_state', "state in ('draft', 'needs_review', 'reviewed', 'approved', 'outdated')")
        batch_op.create_check_constraint('wording_origin', "origin in ('human', 'machine', 'import', 'source')")


def downgrade() -> None:
    op.execute("update letter set state = 'unknown' where state = 'held'")
    with op.batch_alter_table('wording') as batch_op:
        batch_op.drop_constraint('wording_origin', type_='check')
        batch_op.drop_constraint('wording_state', type_='check')
        batch_op.drop_constraint('wording_writer', type_='foreignkey')
        batch_op.drop_constraint('wording_checker', type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_wording_writer_id'))
        batch_op.drop_index(batch_op.f('ix_wording_checker_id'))
        batch_op.drop_column('note')
        batch_op.drop_column('checker_id')
        batch_op.drop_column('writer_id')
        batch_op.drop_column('origin')
        batch_op.drop_column('revision')
        batch_op.drop_column('title')

    with op.batch_alter_table('tick_run') as batch_op:
        batch_op.drop_column('error')
        batch_op.drop_column('finished_at')

    with op.batch_alter_table('text') as batch_op:
        batch_op.drop_column('revision')

    with op.batch_alter_table('place') as batch_op:
        batch_op.drop_constraint('place_bot', type_='foreignkey')
        batch_op.drop_column('letters_paused')
        batch_op.drop_column('weekly_letters')
        batch_op.drop_column('bot_id')

    with letter_under(STATES_BEFORE) as batch_op:
        batch_op.drop_constraint('letter_broadcast', type_='foreignkey')
        batch_op.drop_index(batch_op.f('ix_letter_broadcast_id'))
        batch_op.drop_column('said_revision')
        batch_op.drop_column('said_in')
        batch_op.drop_column('settled_at')
        batch_op.drop_column('broadcast_id')

    with op.batch_alter_table('wording_wish') as batch_op:
        batch_op.drop_index(batch_op.f('ix_wording_wish_resident_id'))

    op.drop_table('wording_wish')
    with op.batch_alter_table('wording_ask') as batch_op:
        batch_op.drop_index(batch_op.f('ix_wording_ask_resident_id'))

    op.drop_table('wording_ask')
    with op.batch_alter_table('helper') as batch_op:
        batch_op.drop_index(batch_op.f('ix_helper_place_id'))

    op.drop_table('helper')
    with op.batch_alter_table('broadcast') as batch_op:
        batch_op.drop_index(batch_op.f('ix_broadcast_place_id'))
        batch_op.drop_index(batch_op.f('ix_broadcast_made_by_id'))
        batch_op.drop_index('broadcast_due')

    op.drop_table('broadcast')
    op.drop_table('sender')
    with op.batch_alter_table('gate') as batch_op:
        batch_op.drop_index(batch_op.f('ix_gate_until'))

    op.drop_table('gate')
