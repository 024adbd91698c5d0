"""Why the house says no: one class a situation, without words. screens/refusals.py words them, in one place.

Raising one rolls back what the update did; the person is told why, in their own language.
"""


class Refusal(Exception):
    """Something was asked that cannot be done now."""


class NotJoined(Refusal):
    """The person has not joined a place yet."""


class NoPlace(Refusal):
    """The install has no place, or the link names none that exists."""


class OldButton(Refusal):
    """The button belongs to something that has moved on, or was never ours."""


class RoundClosed(Refusal):
    """The poll or check-in takes no more answers."""


class CheckinClosed(RoundClosed):
    """The check-in takes no more answers."""


class NotOnTheRoll(Refusal):
    """The round was asked of others, or began before this person belonged to them."""


class NotAsked(NotOnTheRoll):
    """The check-in was asked of others, or the person wants none."""


class NotYours(Refusal):
    """The person lacks the role or the right for this."""


class InviteWorthless(Refusal):
    """Used up, expired, guessed or meant for another place: one answer for all, so that nobody can tell which."""


class TooManyTries(Refusal):
    """Too many wrong invitations: nothing is looked up for a while."""


class NotInGroups(Refusal):
    """This is only done in the private chat."""


class OnlyInGroups(Refusal):
    """This is only done in a group chat."""


class HiddenAdmin(Refusal):
    """An anonymous administrator of a group: nobody can tell who speaks."""


class PollInvalid(Refusal):
    """A poll cannot be made like this: `field` names what is wrong."""

    def __init__(self, field: str, reason: str = "") -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


class WordingMoved(Refusal):
    """Somebody else was quicker with a wording, or its source has changed since it was looked at."""


class WordingUnchecked(Refusal):
    """A wording cannot be sent yet: nobody but its writer has read it, or its source has changed since."""


class BroadcastInvalid(Refusal):
    """A public message cannot be like this: `field` names what is wrong, as a file has it (`body.pl`)."""

    def __init__(self, field: str, reason: str = "") -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


class CheckinInvalid(Refusal):
    """A check-in cannot be like this: `field` names what is wrong."""

    def __init__(self, field: str, reason: str = "") -> None:
        super().__init__(field, reason)
        self.field = field
        self.reason = reason


class AlertTaken(Refusal):
    """Somebody else has taken this alert already."""


class NoConsent(Refusal):
    """The person has not agreed to what this needs, or no longer does."""


class AidFull(Refusal):
    """The volunteer has taken on all they offered for that week."""


class AidTooMany(Refusal):
    """Somebody has so many open asks that another would help nobody."""


class TalkEnded(Refusal):
    """One of the two has ended their talk through the bot."""


class NobodyReceives(Refusal):
    """The place has nobody who may receive this concern: none is named, or it is about them."""


class ConcernsTooMany(Refusal):
    """Somebody has so many open concerns, or has written so much in one, that a telephone call would help more."""
