"""Telling a concern, and writing to the other side of one."""

from bot.community import alerts, concerns
from bot.community.concern_rules import ABOUT, LEAD, NEIGHBOUR, NOBODY, ORGANISERS, WORDS_AT_MOST
from bot.community.concerns import Telling
from bot.flows.aid import resident_of, told_in
from bot.flows.talk import NO, YES, Choice, Talk
from bot.replies import Screen
from bot.screens import concerns as screens
from bot.screens.language import Html, _, label, paragraphs
from bot.store.tables import Resident

VOICE = ("voice",)


def tell_concern(talk: Talk) -> Screen:
    """A resident tells what worries them; a lead hears of it who is not named in it."""
    reporter, ask = resident_of(talk), _ask(talk)
    kinds = [Choice(about, screens.about_name(about)) for about in ABOUT]
    about = talk.choose("about", _("What is it about?"), kinds)
    against = talk.choose("against", _against_whom(), _those(about, from_card=ask is not None))
    if not concerns.somebody_may(talk.session, reporter, against, ask):
        return _nobody(talk, reporter, against)
    shows = ask is not None and _shows(talk)
    words, voice = told_in(talk.write("words", _what_happened(), at_most=WORDS_AT_MOST, takes=VOICE))
    short = screens.in_short(about, against, words, voice=bool(voice), shows_ask=shows)
    talk.confirm("sure", short, label("Yes, pass it on"))
    telling = Telling(about, against, words, voice, ask, shows)
    return screens.told(concerns.report(talk.session, reporter, telling, talk.now), ask)


def write_about_concern(talk: Talk) -> Screen:
    """One side writes to the other."""
    words, voice = told_in(talk.write("words", _what_to_say(), at_most=WORDS_AT_MOST, takes=VOICE))
    number = int(talk.answers["_concern"])
    return screens.card(concerns.write_to(talk.session, resident_of(talk), number, words, voice, talk.now))


def _ask(talk: Talk) -> int | None:
    return int(talk.answers["_ask"]) if "_ask" in talk.answers else None


def _those(about: str, *, from_card: bool) -> list[Choice]:
    """Whom it may be about; who receives it depends on that alone, never on the words."""
    neighbour = [Choice(NEIGHBOUR, label("The neighbour of this ask"))] if from_card else []
    organisers = [
        Choice(ORGANISERS, label("A coordinator, or the steering group")),
        Choice(LEAD, label("The safeguarding lead")),
    ]
    nobody = [Choice(NOBODY, label("Somebody else, or nobody of these"))]
    return organisers + nobody if about == "organisers" else neighbour + nobody + organisers


def _against_whom() -> Html:
    return paragraphs(_("Is it about one of these?"), _("Then they do not get it."))


def _shows(talk: Talk) -> bool:
    question = paragraphs(
        _("May the lead see which ask it was?"),
        _("Then they can find out who the two of you are. Otherwise they know only what you write."),
    )
    choices = [Choice(YES, label("Yes, they may see it")), Choice(NO, label("No, rather not"))]
    return talk.choose("shows", question, choices) == YES


def _what_happened() -> Html:
    return paragraphs(
        _("What happened? Write it, or send a voice note."),
        _("When and where, who was there, what you saw or heard. You need not prove anything."),
    )


def _what_to_say() -> Html:
    return _("What do you want to say? Write it, or send a voice note. No name goes with it.")


def _nobody(talk: Talk, reporter: Resident, against: str) -> Screen:
    known = alerts.helplines(talk.session, talk.place.id, reporter.language)
    return screens.nobody_may(known, "" if against == ORGANISERS else talk.place.contact)
