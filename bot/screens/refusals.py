"""Why the house says no, in words: the only place that turns a refusal into a sentence."""

from bot import refusals
from bot.screens.language import label, n_label


def explain(refusal: refusals.Refusal) -> str:  # noqa: PLR0912 - one case a situation
    """One or two kind sentences that say what to do next, short enough for a toast (200 characters)."""
    match refusal:
        case refusals.NotJoined():
            return label("Please send /start first. It takes a minute.")
        case refusals.NoPlace():
            return label("Please open the link that you were given: it knows which neighbourhood you mean.")
        case refusals.OldButton():
            return label("This button is from earlier. Send /menu to see how things stand now.")
        case refusals.CheckinClosed():
            return label("This check-in has closed. Thank you all the same.")
        case refusals.RoundClosed():
            return label("This vote has closed. Thank you all the same.")
        case refusals.NotAsked():
            return label("This check-in was asked of others, or you have said that you want none.")
        case refusals.AlertTaken():
            return label("Somebody has taken this on already. Thank you.")
        case refusals.NotOnTheRoll():
            return label("This vote was asked of others, or began before you joined them.")
        case refusals.NotYours():
            return label("This is for people with another role. Your coordinator can help.")
        case refusals.InviteWorthless() | refusals.TooManyTries():
            return label("This invitation does not work. Please ask for a new one.")
        case refusals.NotInGroups():
            return label("Please write to me in a private chat for this.")
        case refusals.OnlyInGroups():
            return label("This works only in a group chat.")
        case refusals.HiddenAdmin():
            return label("I cannot see who you are. Please turn off anonymous mode in the group and try again.")
        case refusals.BroadcastInvalid():
            return label("The message cannot go like this. Please go back and check it.")
        case refusals.PollInvalid():
            return label("The poll cannot be started like this. Please go back and check your answers.")
        case refusals.WordingMoved():
            return label("Somebody was quicker, or the original has changed. Here is how things stand now.")
        case refusals.WordingUnchecked():
            return label("Nobody but its writer has read these words yet, or the original has changed.")
        case refusals.NoConsent():
            return label("You have not agreed to this yet. You can, under “My choices” in the /menu.")
        case refusals.AidFull():
            return label(
                "You have taken on all you offered for that week. Thank you! You can change it under “What I offer”."
            )
        case refusals.AidTooMany():
            return label("You have many open asks already. Please call one off first, under “My asks”.")
        case refusals.NobodyReceives():
            return label("Nobody here may receive this at the moment. Please call one of the numbers under /help.")
        case refusals.ConcernsTooMany():
            return label("There is a lot open already. Please call the safeguarding lead, or a number under /help.")
        case refusals.TalkEnded():
            return label("This talk has ended. What is open about the ask stands under “My asks”.")
        case _:
            return label("This cannot be done now. Send /menu to see what can.")


def went_wrong() -> str:
    """An update failed three times and was set aside."""
    return label(
        "Something went wrong here. It has been noted; nothing of yours was lost. Please try again with /menu."
    )


def slow_down() -> str:
    """Said once to somebody who sends too much; then silence for a while."""
    return label("That was a lot at once. Please wait a minute, then go on.")


def only_words() -> str:
    """A sticker, a voice message, a photo … where the bot cannot use it."""
    return label("I can only read words and buttons here.")


def press_a_button() -> str:
    """Words came where a button was expected."""
    return label("Please press one of the buttons.")


def too_long(at_most: int) -> str:
    """The answer is longer than it may be."""
    return n_label("Please write at most {n} character.", "Please write at most {n} characters.", at_most)


def question_behind() -> str:
    """A button of an earlier question was pressed."""
    return label("That question is behind us. Here is where we are.")


def not_understood() -> str:
    """Words that start nothing."""
    return label("I did not understand that. Here is what you can do.")


def edited() -> str:
    """A message was edited after it was sent."""
    return label("I only read what was sent first. If you meant something else, please send it again.")


def talk_ended() -> str:
    """A conversation was cancelled."""
    return label("Cancelled. Nothing was kept.")
