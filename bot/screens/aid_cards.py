"""The cards of an ask's two sides, in words: what is asked, how it stands, who acts next, and what one can do."""

from bot.community.aid_seen import ASKER, AskSeen
from bot.replies import Button, Rows, Screen
from bot.screens.aid_words import by_when, details, what_is_needed, why_nobody
from bot.screens.alerts import need_button
from bot.screens.concerns import tell_button
from bot.screens.language import Html, _, label, lines, n_, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import AidTap, AskTap

ASKED_HOW = frozenset({"worked", "nudge", "silent", "confirm"})
"""Steps in which both sides are asked how it went."""


def help_button() -> Button:
    """To the hub, from anywhere."""
    return Button(label("Help between neighbours"), AidTap("home"))


def ask_opened(ask: AskSeen) -> Screen:
    """After asking: honestly how it stands."""
    return Screen(paragraphs(_("Thank you for asking."), standing(ask)), _asker_rows(ask))


def card(ask: AskSeen) -> Screen:
    """An ask, for one of its sides."""
    head = _("You have promised to help:") if ask.side != ASKER else ""
    rows = _asker_rows(ask) if ask.side == ASKER else _helper_rows(ask)
    return Screen(paragraphs(head, what_is_needed(ask), details(ask), standing(ask)), rows)


def standing(ask: AskSeen) -> Html:
    """How an ask stands and who acts next, as it truly is."""
    if ask.state in {"done", "ended"}:
        return _over(ask)
    if ask.state == "matched" or ask.step == "silent":
        return _matched(ask)
    if ask.step == "still":
        return _("The time has passed. Tell me whether you still need it.")
    if ask.state == "coordinator":
        return lines(_asked_so_far(ask), why_nobody(ask.gap, by_when(ask)), _("It is with the coordinator now."))
    return lines(_asked_so_far(ask), _you_will_hear(ask))


def _asked_so_far(ask: AskSeen) -> Html:
    if ask.asked:
        return n_("{n} neighbour has been asked so far.", "{n} neighbours have been asked so far.", ask.asked)
    return _("Nobody has been asked yet.")


def _you_will_hear(ask: AskSeen) -> Html:
    if ask.waiting == 0 and ask.next_at is not None and ask.next_actor == "bot":
        return _("Neighbours are asked from {when}.", when=when(ask.next_at, ask.timezone))
    if ask.promised_at is None:
        return _("The first who says yes helps you.")
    return _("You hear from me by {when} at the latest.", when=when(ask.promised_at, ask.timezone))


def _matched(ask: AskSeen) -> Html:
    if ask.side == ASKER:
        found = _("A neighbour has said yes.")
        match ask.step:
            case "worked" | "nudge" | "silent":
                return lines(found, _("Did it work out?"))
            case "confirm":
                return lines(found, _("They say that it is done."))
            case _:
                return lines(found, _("They act next, until {when}.", when=when(ask.due_at, ask.timezone)))
    match ask.step:
        case "worked" | "nudge" | "silent":
            return _("Did it work out?")
        case "confirm":
            return _("Thank you. The other side is asked whether all went well.")
        case _:
            return _("You act next, until {when}.", when=when(ask.due_at, ask.timezone))


def _over(ask: AskSeen) -> Html:
    if ask.state == "done":
        return _("It is done.")
    match ask.ended_as:
        case "not_needed":
            return _("It is no longer needed.")
        case "expired":
            return _("Its time has passed.")
        case _:
            return _("It is over.")


def _asker_rows(ask: AskSeen) -> Rows:
    return (*_asker_acts(ask), *_not_well(ask), back())


def _not_well(ask: AskSeen) -> Rows:
    """On both sides' cards: a danger, or something that worries."""
    safe = ((need_button(),),) if ask.state not in {"done", "ended"} else ()
    return (*safe, (tell_button(ask.id),))


def _asker_acts(ask: AskSeen) -> Rows:
    again = (_act(ask, label("Ask again"), "again"),)
    match ask.state, ask.step:
        case "done", _:
            return ((_act(ask, label("Pass on my thanks"), "thanks"),), again, (apart_button(ask.id),))
        case "ended", _:
            return (again,)
        case ("matched", _) | (_, "silent"):
            return _asker_matched(ask)
        case _, "still":
            return ((_act(ask, label("Yes, I still need it"), "still"),), (_no_longer(ask),))
        case _:
            return ((_act(ask, label("Change"), "change"),), (_no_longer(ask),))


def _asker_matched(ask: AskSeen) -> Rows:
    """Before its time: sharing, changing; after it: how it went. Talking and "done" always."""
    talk = _talk_row(ask)
    done = _act(ask, label("It is done"), "done")
    if ask.step in ASKED_HOW:
        failed = _act(ask, label("It did not happen"), "failed")
        again = _act(ask, label("Done, and I need it again"), "need_again")
        return ((done,), (_act(ask, label("Not yet"), "not_yet"), failed), (again,), *talk)
    share = ((_act(ask, label("Share the exact place"), "share"),),) if ask.exact_place and not ask.place_shared else ()
    return (*share, *talk, (done,), (_act(ask, label("Change"), "change"), _no_longer(ask)))


def _talk_row(ask: AskSeen) -> Rows:
    return () if ask.talk_ended else ((_act(ask, label("Talk with them"), "talk"),),)


def _helper_rows(ask: AskSeen) -> Rows:
    if ask.state in {"done", "ended"}:
        return ((apart_button(ask.id),), *_not_well(ask), back())
    voice = ((_act(ask, label("Hear the voice note"), "voice"),),) if ask.voice else ()
    done = (_act(ask, label("It is done"), "done"),)
    if ask.step in ASKED_HOW:
        failed = _act(ask, label("It did not happen"), "failed")
        return (done, (_act(ask, label("Not yet"), "not_yet"), failed), *_talk_row(ask), *_not_well(ask), back())
    cannot = (_act(ask, label("I cannot after all"), "give_back"),)
    return (*voice, *_talk_row(ask), done, cannot, *_not_well(ask), back())


def _act(ask: AskSeen, words: str, act: str) -> Button:
    return Button(words, AskTap(ask.id, act))


def _no_longer(ask: AskSeen) -> Button:
    return _act(ask, label("No longer needed"), "cancel")


def apart_button(ask_id: int) -> Button:
    """Not with this person again; they never learn it."""
    return Button(label("Do not match us again"), AskTap(ask_id, "apart"))


def back() -> tuple[Button, ...]:
    """The ways back."""
    return (help_button(), menu_button())
