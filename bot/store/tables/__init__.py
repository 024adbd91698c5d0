"""Every table of the house, a file a feature.

Rows belong to a place. Encrypted columns (LargeBinary, named in store/encrypted.py) are written and read through the
vault; the database keeps the promises (keys, unique constraints, checks), so that no race can break them.
"""

from bot.store.tables.aid import (
    AidKind,
    AidPolicy,
    Ask,
    Block,
    Neighbouring,
    Offer,
    Pair,
    Volunteer,
    VolunteerWeek,
)
from bot.store.tables.alerts import Alert, Helpline
from bot.store.tables.base import BIG, Table, UtcDateTime
from bot.store.tables.broadcasts import Broadcast
from bot.store.tables.checkins import Chart, Checkin, CheckinPlan
from bot.store.tables.concerns import Concern, ConcernLook, ConcernMessage, ConcernNamed
from bot.store.tables.letters import Gate, Letter, Quarantine, Sender
from bot.store.tables.people import Bot, Consent, Doomed, Draft, GroupChat, Invite, Patch, Place, Resident, Role, Strike
from bot.store.tables.rounds import Answer, Card, OpenVote, Option, Poll, Release, Roll, Round
from bot.store.tables.tallies import EvaluatorToken, QuarterEnd, QuarterRelease, Reached
from bot.store.tables.texts import Helper, Text, Wording, WordingAsk, WordingWish
from bot.store.tables.updates import Inbox, Revealed, SetAside, TickRun

__all__ = [
    "BIG",
    "AidKind",
    "AidPolicy",
    "Alert",
    "Answer",
    "Ask",
    "Block",
    "Bot",
    "Broadcast",
    "Card",
    "Chart",
    "Checkin",
    "CheckinPlan",
    "Concern",
    "ConcernLook",
    "ConcernMessage",
    "ConcernNamed",
    "Consent",
    "Doomed",
    "Draft",
    "EvaluatorToken",
    "Gate",
    "GroupChat",
    "Helper",
    "Helpline",
    "Inbox",
    "Invite",
    "Letter",
    "Neighbouring",
    "Offer",
    "OpenVote",
    "Option",
    "Pair",
    "Patch",
    "Place",
    "Poll",
    "Quarantine",
    "QuarterEnd",
    "QuarterRelease",
    "Reached",
    "Release",
    "Resident",
    "Revealed",
    "Role",
    "Roll",
    "Round",
    "Sender",
    "SetAside",
    "Strike",
    "Table",
    "Text",
    "TickRun",
    "UtcDateTime",
    "Volunteer",
    "VolunteerWeek",
    "Wording",
    "WordingAsk",
    "WordingWish",
]
