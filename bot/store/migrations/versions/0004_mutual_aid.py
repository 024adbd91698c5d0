"""mutual aid"""

import sqlalchemy as sa
from alembic import op
import bot.store.tables


revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('aid_kind',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('offered', sa.Boolean(), nullable=False),
    sa.Column('needs_checked', sa.Boolean(), nullable=False),
    sa.Column('text_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['text_id'], ['text.id'], ),
    sa.PrimaryKeyConstraint('place_id', 'kind')
    )
    op.create_table('aid_policy',
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('urgency', sa.Integer(), nullable=False),
    sa.Column('first', sa.Integer(), nullable=False),
    sa.Column('further', sa.Integer(), nullable=True),
    sa.Column('every_minutes', sa.Integer(), nullable=False),
    sa.Column('alert_minutes', sa.Integer(), nullable=True),
    sa.CheckConstraint('first > 0 and every_minutes > 0', name='aid_policy_moves_on'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('place_id', 'urgency')
    )
    op.create_table('neighbouring',
    sa.Column('patch_id', sa.Integer(), nullable=False),
    sa.Column('other_id', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['patch.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['patch_id'], ['patch.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('patch_id', 'other_id')
    )
    op.create_table('ask',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('asker_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('made_by_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('key_name', sa.String(length=32), nullable=False),
    sa.Column('kind', sa.String(length=24), nullable=False),
    sa.Column('need', sa.LargeBinary(), nullable=True),
    sa.Column('voice', sa.LargeBinary(), nullable=True),
    sa.Column('exact_place', sa.LargeBinary(), nullable=True),
    sa.Column('note', sa.LargeBinary(), nullable=True),
    sa.Column('place_shared', sa.Boolean(), nullable=False),
    sa.Column('patch_id', sa.Integer(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('slots', sa.Integer(), nullable=False),
    sa.Column('urgency', sa.Integer(), nullable=False),
    sa.Column('due_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('needs_checked', sa.Boolean(), nullable=False),
    sa.Column('weekly', sa.Boolean(), nullable=False),
    sa.Column('series_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.String(length=12), nullable=False),
    sa.Column('next_actor', sa.String(length=12), nullable=True),
    sa.Column('next_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('step', sa.String(length=16), nullable=True),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('gap', sa.String(length=16), nullable=True),
    sa.Column('promised_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('alerted_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('talk_ended', sa.Boolean(), nullable=False),
    sa.Column('volunteer_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('claimed_week', sa.String(length=8), nullable=True),
    sa.Column('coordinator_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('matched_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('done_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('ended_as', sa.String(length=16), nullable=True),
    sa.CheckConstraint("(state in ('done', 'ended')) = (next_at is null)", name='ask_has_a_next_time'),
    sa.CheckConstraint("next_actor in ('bot', 'asker', 'volunteer', 'coordinator')", name='ask_next_actor'),
    sa.CheckConstraint("state in ('open', 'coordinator', 'matched', 'done', 'ended')", name='ask_state'),
    sa.CheckConstraint('(next_at is null) = (next_actor is null)', name='ask_has_a_next_actor'),
    sa.CheckConstraint('urgency between 0 and 3', name='ask_urgency'),
    sa.ForeignKeyConstraint(['asker_id'], ['resident.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['coordinator_id'], ['resident.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['made_by_id'], ['resident.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['patch_id'], ['patch.id'], ),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['series_id'], ['ask.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['volunteer_id'], ['resident.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_name')
    )
    with op.batch_alter_table('ask') as batch_op:
        batch_op.create_index('ask_due', ['state', 'next_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_asker_id'), ['asker_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_coordinator_id'), ['coordinator_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_made_by_id'), ['made_by_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_patch_id'), ['patch_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_place_id'), ['place_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_series_id'), ['series_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_ask_volunteer_id'), ['volunteer_id'], unique=False)

    op.create_table('block',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['resident.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'other_id')
    )
    with op.batch_alter_table('block') as batch_op:
        batch_op.create_index(batch_op.f('ix_block_other_id'), ['other_id'], unique=False)

    op.create_table('pair',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('other_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('first_on', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['other_id'], ['resident.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'other_id')
    )
    with op.batch_alter_table('pair') as batch_op:
        batch_op.create_index(batch_op.f('ix_pair_other_id'), ['other_id'], unique=False)

    op.create_table('volunteer',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('kinds', sa.JSON(), nullable=False),
    sa.Column('patches', sa.JSON(), nullable=False),
    sa.Column('languages', sa.JSON(), nullable=False),
    sa.Column('slots', sa.Integer(), nullable=False),
    sa.Column('per_week', sa.Integer(), nullable=False),
    sa.Column('paused_until', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('checked_until', sa.Date(), nullable=True),
    sa.Column('silences', sa.Integer(), nullable=False),
    sa.CheckConstraint('per_week >= 0', name='volunteer_per_week'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id')
    )
    with op.batch_alter_table('volunteer') as batch_op:
        batch_op.create_index(batch_op.f('ix_volunteer_place_id'), ['place_id'], unique=False)

    op.create_table('volunteer_week',
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=False, nullable=False),
    sa.Column('week', sa.String(length=8), nullable=False),
    sa.Column('taken', sa.Integer(), nullable=False),
    sa.CheckConstraint('taken >= 0', name='volunteer_week_taken'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('resident_id', 'week')
    )
    op.create_table('concern',
    sa.Column('id', sa.Integer(), nullable=False),
    sa.Column('place_id', sa.Integer(), nullable=False),
    sa.Column('receipt', sa.String(length=12), nullable=False),
    sa.Column('about', sa.String(length=16), nullable=False),
    sa.Column('ask_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('reporter_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('lead_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=True),
    sa.Column('state', sa.String(length=8), nullable=False),
    sa.Column('due_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('closed_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('open', 'closed')", name='concern_state'),
    sa.ForeignKeyConstraint(['ask_id'], ['ask.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['lead_id'], ['resident.id'], ondelete='SET NULL'),
    sa.ForeignKeyConstraint(['place_id'], ['place.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['reporter_id'], ['resident.id'], ondelete='SET NULL'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('receipt')
    )
    with op.batch_alter_table('concern') as batch_op:
        batch_op.create_index(batch_op.f('ix_concern_ask_id'), ['ask_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_concern_due_at'), ['due_at'], unique=False)
        batch_op.create_index(batch_op.f('ix_concern_lead_id'), ['lead_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_concern_place_id'), ['place_id'], unique=False)
        batch_op.create_index(batch_op.f('ix_concern_reporter_id'), ['reporter_id'], unique=False)

    op.create_table('offer',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('ask_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('resident_id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('state', sa.String(length=10), nullable=False),
    sa.Column('wave', sa.Integer(), nullable=False),
    sa.Column('asked_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('answer_by', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.Column('answered_at', bot.store.tables.UtcDateTime(timezone=True), nullable=True),
    sa.CheckConstraint("state in ('asked', 'yes', 'no', 'silent', 'taken', 'called_off')", name='offer_state'),
    sa.ForeignKeyConstraint(['ask_id'], ['ask.id'], ondelete='CASCADE'),
    sa.ForeignKeyConstraint(['resident_id'], ['resident.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('ask_id', 'resident_id')
    )
    with op.batch_alter_table('offer') as batch_op:
        batch_op.create_index(batch_op.f('ix_offer_resident_id'), ['resident_id'], unique=False)

    op.create_table('concern_message',
    sa.Column('id', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), nullable=False),
    sa.Column('concern_id', sa.Integer(), nullable=False),
    sa.Column('key_name', sa.String(length=32), nullable=False),
    sa.Column('by_lead', sa.Boolean(), nullable=False),
    sa.Column('body', sa.LargeBinary(), nullable=False),
    sa.Column('made_at', bot.store.tables.UtcDateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['concern_id'], ['concern.id'], ondelete='CASCADE'),
    sa.PrimaryKeyConstraint('id'),
    sa.UniqueConstraint('key_name')
    )
    with op.batch_alter_table('concern_message') as batch_op:
        batch_op.create_index(batch_op.f('ix_concern_message_concern_id'), ['concern_id'], unique=False)



def downgrade() -> None:
    with op.batch_alter_table('concern_message') as batch_op:
        batch_op.drop_index(batch_op.f('ix_concern_message_concern_id'))

    op.drop_table('concern_message')
    with op.batch_alter_table('offer') as batch_op:
        batch_op.drop_index(batch_op.f('ix_offer_resident_id'))

    op.drop_table('offer')
    with op.batch_alter_table('concern') as batch_op:
        batch_op.drop_index(batch_op.f('ix_concern_reporter_id'))
        batch_op.drop_index(batch_op.f('ix_concern_place_id'))
        batch_op.drop_index(batch_op.f('ix_concern_lead_id'))
        batch_op.drop_index(batch_op.f('ix_concern_due_at'))
        batch_op.drop_index(batch_op.f('ix_concern_ask_id'))

    op.drop_table('concern')
    op.drop_table('volunteer_week')
    with op.batch_alter_table('volunteer') as batch_op:
        batch_op.drop_index(batch_op.f('ix_volunteer_place_id'))

    op.drop_table('volunteer')
    with op.batch_alter_table('pair') as batch_op:
        batch_op.drop_index(batch_op.f('ix_pair_other_id'))

    op.drop_table('pair')
    with op.batch_alter_table('block') as batch_op:
        batch_op.drop_index(batch_op.f('ix_block_other_id'))

    op.drop_table('block')
    with op.batch_alter_table('ask') as batch_op:
        batch_op.drop_index(batch_op.f('ix_ask_volunteer_id'))
        batch_op.drop_index(batch_op.f('ix_ask_series_id'))
        batch_op.drop_index(batch_op.f('ix_ask_place_id'))
        batch_op.drop_index(batch_op.f('ix_ask_patch_id'))
        batch_op.drop_index(batch_op.f('ix_ask_made_by_id'))
        batch_op.drop_index(batch_op.f('ix_ask_coordinator_id'))
        batch_op.drop_index(batch_op.f('ix_ask_asker_id'))
        batch_op.drop_index('ask_due')

    op.drop_table('ask')
    op.drop_table('neighbouring')
    op.drop_table('aid_policy')
    op.drop_table('aid_kind')
