"""Asking for help, asking again, changing an ask: each one function."""

from bot.community import aid, aid_place, alerts, places
from bot.community.aid import NEED_AT_MOST, PLACE_AT_MOST, Wish
from bot.community.aid_desk import SPEAK_FOR_OTHERS
from bot.community.aid_place import Kind
from bot.community.aid_rules import ANY_TIME, LATER, PARTS, SOON, TODAY, Need, days_ahead, need_by
from bot.community.aid_seen import agrees
from bot.community.pairs import Urgency
from bot.community.residents import has_role
from bot.flows.talk import NO, YES, Choice, Talk, thing_in
from bot.refusals import NotYours
from bot.replies import Screen
from bot.screens import aid as screens
from bot.screens import aid_cards as cards
from bot.screens.aid_words import kind_name, languages_named, part_name
from bot.screens.alerts import need_button
from bot.screens.language import Html, _, day_in_words, label, paragraphs
from bot.screens.menu import back_to_menu
from bot.store.tables import Resident

OWN, BOTH, ANY = "own", "both", "any"


def ask_for_help(talk: Talk) -> Screen:
    """A resident says what they need; neighbours who can help are asked at once."""
    asker = resident_of(talk)
    if not places.patches(talk.session, talk.place):
        return back_to_menu(label("There are no parts of the neighbourhood yet. Please tell the coordinator."))
    ask_for_consent(talk, asker)
    for_another = _for_another(talk, asker)
    kind = _kind(talk, asker, for_another=for_another)
    need = when_needed(talk)
    patch, patch_name = _patch(talk, asker)
    words = talk.write("need", _what_to_know(), at_most=NEED_AT_MOST, may_skip=True, takes=("voice",))
    exact = talk.write("place", _exact_place(), at_most=PLACE_AT_MOST, may_skip=True)
    languages = _languages(talk, asker)
    weekly = _weekly(talk)
    reads = need.urgency == Urgency.URGENT and _coordinator_reads(talk)
    text, voice = told_in(words)
    short = screens.in_short(
        kind_name(kind), _when_said(talk), patch_name, text, voice=bool(voice), place=exact, weekly=weekly
    )
    talk.confirm("sure", short, label("Yes, ask neighbours"))
    aid.agree(talk.session, asker, talk.now)
    wish = Wish(kind.key, patch, need, languages, text, voice, exact, weekly, kind.needs_checked, for_another, reads)
    return cards.ask_opened(aid.open_ask(talk.session, asker, wish, talk.now))


def ask_again(talk: Talk) -> Screen:
    """The same once more: by when is all that is asked."""
    asker = resident_of(talk)
    need = when_needed(talk)
    again = aid.ask_again(talk.session, asker, int(talk.answers["_ask"]), need, talk.now)
    return cards.ask_opened(again)


def change_ask(talk: Talk) -> Screen:
    """What a neighbour should know, or by when."""
    asker = resident_of(talk)
    ask = int(talk.answers["_ask"])
    what = talk.choose("what", _("What do you want to change?"), _changeable())
    said = ""
    if what == "words":
        said = talk.write("need", _what_to_know(), at_most=NEED_AT_MOST, may_skip=True, takes=("voice",))
    need = when_needed(talk) if what == "time" else None
    if need is not None:
        return cards.ask_opened(aid.change_time(talk.session, asker, ask, need, talk.now))
    return cards.card(aid.change_words(talk.session, asker, ask, *told_in(said), talk.now))


def resident_of(talk: Talk) -> Resident:
    """Whoever talks, who must have joined. Raises NotYours."""
    if talk.person.resident is None:
        raise NotYours
    return talk.person.resident


def ask_for_consent(talk: Talk, resident: Resident) -> None:
    """Once, before anything else; kept with what comes of the conversation."""
    if not agrees(talk.session, resident):
        talk.confirm("consent", screens.consent_asked(), label("I agree"))


def _for_another(talk: Talk, asker: Resident) -> bool:
    """Coordinators and gatekeepers may ask for somebody without a telephone."""
    if not has_role(talk.session, asker, *SPEAK_FOR_OTHERS):
        return False
    whom = [Choice(NO, label("For myself")), Choice(YES, label("For somebody without a telephone"))]
    return talk.choose("whom", _("For whom do you ask?"), whom) == YES


def _kind(talk: Talk, asker: Resident, *, for_another: bool) -> Kind:
    """What is asked for; beside it the last ask once more, which leaves nothing to say but by when."""
    kinds = aid_place.kinds(talk.session, talk.place.id)
    last = aid.to_repeat(talk.session, asker, talk.now)
    mine = last is not None and not last.for_another and not for_another
    again = screens.repeat_row(last) if last is not None and mine else ()
    question = _("What would help them?") if for_another else _("What would help you?")
    shown = [Choice(kind.key, kind_name(kind)) for kind in kinds]
    chosen = talk.choose("kind", question, shown, across=2, beside=again)
    return next(kind for kind in kinds if kind.key == chosen)


def when_needed(talk: Talk) -> Need:
    """By when; for the next hours the emergency numbers come first, for a day its part is asked."""
    days = days_ahead(talk.now, talk.place.timezone)
    choices = [
        Choice(SOON, label("As soon as possible")),
        Choice(TODAY, label("Today")),
        *(Choice(day.isoformat(), day_in_words(day)) for day in days),
        Choice(LATER, label("In the next two weeks")),
    ]
    when = talk.choose("when", _("By when?"), choices, across=2)
    if when == SOON:
        lines = alerts.helplines(talk.session, talk.place.id, resident_of(talk).language)
        safe = ((need_button(),),)
        talk.confirm("numbers", screens.urgent_first(lines), label("Ask neighbours now"), beside=safe)
    part = _part(talk, when)
    need = need_by(when, part, talk.now, talk.place.timezone)
    assert need is not None, "days behind us are not on offer"
    return need


def _part(talk: Talk, when: str) -> str:
    if when in {SOON, TODAY, LATER}:
        return ANY_TIME
    parts = [Choice(part, part_name(part)) for part in (*PARTS[:3], ANY_TIME)]
    return talk.choose("part", _("At what time of the day?"), parts)


def _when_said(talk: Talk) -> str:
    """The answers to "by when", in words."""
    match when := talk.answers["when"]:
        case "soon":
            return label("As soon as possible")
        case "today":
            return label("Today")
        case "later":
            return label("In the next two weeks")
        case _:
            day = next(day for day in days_ahead(talk.now, talk.place.timezone) if day.isoformat() == when)
            return f"{day_in_words(day)} – {part_name(talk.answers['part'])}"


def _patch(talk: Talk, asker: Resident) -> tuple[int, str]:
    known = places.patches(talk.session, talk.place)
    mine = sorted(known, key=lambda patch: (patch.id != asker.patch_id, patch.position))
    chosen = talk.choose("patch", _("Where is it?"), [Choice(str(patch.id), patch.name) for patch in mine])
    return next((patch.id, patch.name) for patch in known if str(patch.id) == chosen)


def _languages(talk: Talk, asker: Resident) -> tuple[str, ...]:
    """What the two should speak; the asker's own language first, since a neighbour who speaks it weighs more."""
    own, second = asker.language, asker.second_language
    choices = [Choice(OWN, languages_named([own]))]
    if second:
        choices.append(Choice(BOTH, languages_named([own, second])))
    choices.append(Choice(ANY, label("Any language will do")))
    match talk.choose("language", _("Which language should the neighbour speak?"), choices):
        case "own":
            return (own,)
        case "both" if second:
            return (own, second)
        case _:
            return (own, *(tag for tag in talk.place.languages if tag != own))


def _weekly(talk: Talk) -> bool:
    if talk.answers["when"] in {SOON, TODAY}:
        return False
    often = [Choice(NO, label("Once")), Choice(YES, label("Every week"))]
    return talk.choose("weekly", _("Once, or every week?"), often) == YES


def _coordinator_reads(talk: Talk) -> bool:
    question = _("An urgent ask: the coordinator hears that it waits. May they also read what you wrote?")
    return talk.choose("reads", question, [Choice(NO, label("No")), Choice(YES, label("Yes, they may"))]) == YES


def _changeable() -> list[Choice]:
    return [Choice("words", label("What a neighbour should know")), Choice("time", label("By when"))]


def _what_to_know() -> Html:
    return paragraphs(
        _("What should the neighbour know? Write it, or send a voice note."),
        _("Only the neighbour who says yes reads or hears it."),
    )


def _exact_place() -> Html:
    return paragraphs(
        _("What is the exact place, such as the street and number?"),
        _("The neighbour sees it only when you press “Share the exact place”. You may skip this."),
    )


def told_in(answer: str) -> tuple[str, str]:
    """An answer as words, or as Telegram's id of a voice note; the other is empty."""
    thing = thing_in(answer)
    return ("", thing[1]) if thing is not None else (answer, "")
