"""Public messages, for whoever writes and sends them: questions, the look beforehand, how it is going."""

from collections.abc import Sequence
from dataclasses import replace

from bot.community.lint import Remark
from bot.community.outlook import Look, Outlook, Share
from bot.community.templates import Blank
from bot.replies import Button, Rows, Screen
from bot.screens.broadcasts import notice, remark_in_words
from bot.screens.language import LANGUAGES, Html, _, label, lines, n_, n_label, paragraphs, speaking, when, written
from bot.screens.menu import menu_button
from bot.screens.templates import blank_name, template_name
from bot.taps import AnnounceTap, MessageLookTap, MessageTap

REMARKS_AT_MOST = 5
SHARES_AT_MOST = 8


def blank_question(blank: Blank) -> Html:
    """What to fill in, and how it looks."""
    return lines(written(blank_name(blank.name)), _looks_like(blank.type))


def _looks_like(kind: str) -> str:
    match kind:
        case "time":
            return _("For example: 18:00")
        case "phone":
            return _("For example: 0161 496 0000")
        case "link":
            return _("For example: https://example.org")
        case _:
            return ""


def does_not_fit(kind: str) -> Html:
    """A blank's value will not do."""
    match kind:
        case "time":
            return _("That is no time, or ends before it begins. Please write it like 18:00.")
        case "date":
            return _("That day does not fit the others. Please choose another.")
        case "phone":
            return _("That is no phone number. Please write digits, like 0161 496 0000.")
        case "link":
            return _("That is no link. It begins with https://")
        case _:
            return _("Please write 1 to 100 characters on one line.")


def corner(messages: Sequence[tuple[int, str, str, str]]) -> Screen:
    """The newest messages (number, title or template, beginning, state), and a new one."""
    head = _("<b>Public messages</b>")
    text = head if messages else paragraphs(head, _("There are none yet."))
    rows = [
        (Button(f"{state_name(state)}: {_short(_title(title, template))}", MessageTap(number, "show")),)
        for number, title, template, state in messages
    ]
    return Screen(text, ((Button(label("Write a new one"), AnnounceTap("new")),), *rows, (menu_button(),)))


def _title(title: str, template: str) -> str:
    return template_name(template) if template else title


def _short(text: str, most: int = 40) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def state_name(state: str) -> str:
    """What has become of a message, in a word or two."""
    match state:
        case "draft":
            return label("Draft")
        case "scheduled":
            return label("Waits for its time")
        case "sending":
            return label("On its way")
        case "sent":
            return label("Sent")
        case _:
            return label("Called off")


def looked_at(look: Look, remarks: Sequence[Remark], *, may_send: bool) -> Screen:
    """A message as it stands: a draft before it goes, or how it is going; with what can be done next."""
    if look.state == "draft":
        text = paragraphs(
            _("<b>This is how it will look. Nothing has gone yet.</b>"), _beforehand(look), _hints(remarks)
        )
    else:
        text = paragraphs(Html(f"<b>{written(state_name(look.state))}</b>"), _going(look))
    return Screen(paragraphs(text, _as_it_arrives(look)), _acts(look, may_send=may_send))


def _as_it_arrives(look: Look) -> str:
    """Its words as their reader will see them: this is a look, not the test that is sent."""
    return notice(replace(look.notice, test=False)).text


def _beforehand(look: Look) -> Html:
    """Whom it will reach, in which languages, and when it is through."""
    what = look.outlook
    people = n_("It goes to {n} person.", "It goes to {n} people.", what.people)
    chats = n_("And to {n} group chat.", "And to {n} group chats.", what.chats) if what.chats else ""
    left = (
        n_(
            "{n} more cannot be reached, or wants no messages.",
            "{n} more cannot be reached, or want no messages.",
            what.left_out,
        )
        if what.left_out
        else ""
    )
    return paragraphs(lines(people, chats, left, _times(look, what)), _shares(what.shares))


def _times(look: Look, what: Outlook) -> Html:
    start, through = when(what.starts_at, look.timezone), when(what.through_at, look.timezone)
    if what.waits_for_morning:
        return _("It waits for a decent hour: {start}. Everybody has it by {through}.", start=start, through=through)
    if look.send_at is not None:
        return _("It starts at {start}. Everybody has it by {through}.", start=start, through=through)
    return _("Sent now, everybody has it by {through}.", through=through)


def _shares(shares: Sequence[Share]) -> Html:
    """Who reads it in another language than their own."""
    without = [one for one in shares if one.without][:SHARES_AT_MOST]
    if not without:
        return Html(_("Everybody reads it in their own language.")) if shares else Html("")
    head = _("Not in everybody's language yet:")
    return lines(head, *(_share(one) for one in without))


def _share(one: Share) -> Html:
    return n_(
        "{language}: {n} person reads it in {other}",
        "{language}: {n} people read it in {other}",
        one.people,
        language=_autonym(one.language),
        other=_autonym(one.gets),
    )


def _autonym(tag: str) -> str:
    return LANGUAGES[tag].autonym if tag in LANGUAGES else tag


def _hints(remarks: Sequence[Remark]) -> Html:
    if not remarks:
        return Html("")
    told = [written(f"• {remark_in_words(one)}") for one in remarks[:REMARKS_AT_MOST]]
    return lines(_("<i>What a careful friend would say:</i>"), *told)


def _going(look: Look) -> Html:
    """The ledger in words: its lines add up to all letters."""
    states = look.ledger.states
    told = [
        n_("{n} has it.", "{n} have it.", states["sent"]),
        n_("{n} waits.", "{n} wait.", states["waiting"]) if states["waiting"] else "",
        n_("{n} cannot be reached.", "{n} cannot be reached.", states["unreachable"]) if states["unreachable"] else "",
        _failed(states["dead"] + states["unknown"]),
        n_("{n} was stopped.", "{n} were stopped.", states["cancelled"]) if states["cancelled"] else "",
        _dropped(states["expired"] + states["unneeded"] + look.ledger.gone),
    ]
    return lines(*told)


def _failed(n: int) -> str:
    return n_("{n} may not have arrived.", "{n} may not have arrived.", n) if n else ""


def _dropped(n: int) -> str:
    return n_("{n} is not meant any more.", "{n} are not meant any more.", n) if n else ""


def _acts(look: Look, *, may_send: bool) -> Rows:
    """What can be done with a message now."""
    rows: list[tuple[Button, ...]] = []
    if look.state == "draft":
        if look.source is not None:
            rows.append((Button(label("Ask language helpers first"), MessageTap(look.id, "helpers")),))
        rows.append((Button(label("Send a test to the coordinators"), MessageTap(look.id, "test")),))
        if may_send:
            rows.append((Button(label("Send it …"), MessageTap(look.id, "send")),))
        rows.append((Button(label("See it in other languages"), MessageTap(look.id, "languages")),))
    else:
        rows.append((Button(label("How is it going now?"), MessageTap(look.id, "show")),))
    if may_send and look.state != "cancelled":
        rows.append((Button(label("Correct it"), MessageTap(look.id, "correct")),))
    if may_send and look.state in {"draft", "scheduled", "sending"}:
        words = label("Throw it away") if look.state == "draft" else label("Stop it")
        rows.append((Button(words, MessageTap(look.id, "stop")),))
    return (*rows, (Button(label("All messages"), AnnounceTap("list")), menu_button()))


def languages(look: Look, tags: Sequence[str]) -> Screen:
    """In which language to see it."""
    buttons = [Button(_autonym(tag), MessageLookTap(look.id, tag)) for tag in tags]
    rows = [tuple(buttons[i : i + 3]) for i in range(0, len(buttons), 3)]
    return Screen(_("In which language do you want to see it?"), (*rows, _back(look.id)))


def seen_in(look: Look, language: str) -> Screen:
    """The message as readers of one language get it."""
    with speaking(language):
        text = _as_it_arrives(look)
    return Screen(text, (_back(look.id),))


def _back(number: int) -> tuple[Button, ...]:
    return (Button(label("Back"), MessageTap(number, "show")),)


def sure_to_send(look: Look) -> Screen:
    """Asked once, with the number of people."""
    text = lines(
        n_("Send it to {n} person?", "Send it to {n} people?", look.outlook.people), _times(look, look.outlook)
    )
    yes = n_label("Yes, send it to {n} person", "Yes, send it to {n} people", look.outlook.people)
    return Screen(text, ((Button(yes, MessageTap(look.id, "sure")),), _back(look.id)))


def sure_to_stop(look: Look) -> Screen:
    """Asked once before a message is called off."""
    text = _("Call it off for good? What has not gone does not go. What is on its way this moment still arrives.")
    return Screen(text, ((Button(label("Yes, call it off"), MessageTap(look.id, "off")),), _back(look.id)))


def helpers_asked(n: int) -> str:
    """Toast after asking language helpers."""
    if not n:
        return label("Nobody was asked: nothing is missing, or nobody helps with it yet.")
    return n_label("{n} language helper is asked.", "{n} language helpers are asked.", n)


def tested(n: int) -> str:
    """Toast after a test."""
    return n_label("A test goes to {n} coordinator.", "A test goes to {n} coordinators.", n)


def called_off(n: int) -> str:
    """Toast after calling a message off."""
    return n_label("Called off: {n} letter stopped.", "Called off: {n} letters stopped.", n)


def corrected(number: int, *, again: bool) -> Screen:
    """After a correction."""
    told = _("People also get it as a new message.") if again else ""
    text = paragraphs(_("Corrected. Messages that have arrived change in place."), told)
    return Screen(text, ((Button(label("See it"), MessageTap(number, "show")),), (menu_button(),)))
