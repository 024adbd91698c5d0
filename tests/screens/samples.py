"""Every screen, toast and letter that the house has words for, in the language in force."""

from datetime import UTC, datetime

from bot import refusals
from bot.community.counting import DecidedBy, Method, count, marked, ranked
from bot.community.disclosure import Detail, PollRelease, publish_poll
from bot.community.invites import Redemption
from bot.community.polls import Plan, PollView, Progress
from bot.community.residents import PURPOSES, ROLES, Kept
from bot.community.results import Result
from bot.community.texts import Words
from bot.community.voting import Ballot, Change
from bot.replies import Screen
from bot.screens import groups, join, menu, polls, residents, results
from bot.screens import refusals as explained
from bot.screens.language import current
from bot.screens.letters import word
from tests.screens.aid_said import all_aid
from tests.screens.broadcasts_said import all_broadcasts
from tests.screens.checkins_said import all_checkins
from tests.screens.concerns_said import all_concerns
from tests.screens.wordings_said import all_wordings

CLOSES = datetime(2026, 12, 1, 18, tzinfo=UTC)
METHODS = ("yesno", "choose", "approve", "rank")
WORDS = {
    # what people wrote: short as most, and as long as it may be, with everything in it that could break a message
    "short": ("What first?", ["A crossing", "Ein Garten <b>", "باغ", "R&D \u202e\u2067x", "5. fifth", "Benches"]),
    "long": ("𝕎hat & why? <i>" * 19, [f"{n} " + "𝕆<&>🏡" * 16 for n in range(20)]),
}


def poll(method="approve", secrecy="private", size="short", state="open", quorum=3):
    title, options = WORDS[size]
    named = [Words("en", {"en": one}) for one in options]
    by_position = dict.fromkeys((1, 2, 3)) if method == "yesno" else dict(enumerate(named, 1))
    words = Words("en", {"en": title})
    return PollView(7, words, method, secrecy, quorum, "0123456789abcdef", state, CLOSES, "Europe/London", by_position)


def all_said(size="short"):
    """(what it is, Screen) for messages, (what it is, text) for toasts and labels."""
    place = "Millbrook & <Mill>" if size == "short" else "M<&" * 26
    yield from _joining(place)
    yield from _menus(place, size)
    yield from _residents(place)
    yield from _toasts()
    yield from all_wordings(size)
    yield from all_broadcasts(size)
    yield from all_aid(size)
    yield from all_concerns(size)
    yield from all_checkins(size)
    for method in METHODS:
        yield from _polls(method, size)
        yield from _results(method, size)


def _joining(place):
    yield "greet", groups.greet()
    yield "linked", groups.linked(place)
    yield "in_private", groups.in_private()
    yield "which_language", Screen(join.which_language(place))
    yield "about", Screen(join.about(place, "The <Trust> & Co"))
    yield "which_patch", Screen(join.which_patch(place))
    for purpose in PURPOSES:
        yield f"consent {purpose}", Screen(join.consent_question(purpose))
    for given in (None, Redemption(None), *(Redemption(role) for role in ROLES)):
        yield f"joined {given}", join.joined(place, given)


def _menus(place, size):
    for waiting in (0, 1, 2, 3, 5, 11, 100):
        first = [poll(size=size)] * min(waiting, menu.SHOWN)
        yield f"menu {waiting}", menu.menu(place, first, waiting, may_poll=True, notice=menu.good_to_see_you())
        yield f"menu wordings {waiting}", menu.menu(place, [], 0, may_poll=False, wordings=waiting)


def _residents(place):
    yield "languages", residents.languages(["en", "ar", "ur"])
    for second in ("ar", None):
        yield f"second language {second}", residents.second_languages(["en", "ar", "ur"], second)
    for yes in (True, False):
        yield f"consents {yes}", residents.consents(dict.fromkeys(PURPOSES, yes))
    for patch, roles, language in ((None, (), "en"), ("Mill <Road>", ROLES, "ur")):
        consents = tuple((purpose, bool(patch), "2026-11-03") for purpose in PURPOSES)
        kept = Kept(place, "<Amina>", language, None, patch, "2026-11-03", roles, consents, 1, 7, None)
        yield f"kept {patch}", residents.what_is_kept(kept)
        yield f"kept as file {patch}", Screen(residents.kept_as_file(kept).caption)
    yield "stopped", residents.stopped()
    yield "sure_to_forget", residents.sure_to_forget()
    yield "forgotten", residents.forgotten()
    for contact in ("", "help@<example>.org"):
        yield f"help {contact}", residents.help_text("The <Trust> & Co", contact)
    for role in ROLES:
        yield f"letter invite_used {role}", word("invite_used", role, current(), to_group=False)
    for dead in (1, 2, 3, 5, 11, 100):
        yield f"letter letters_dead {dead}", word("letters_dead", dead, current(), to_group=False)


def _toasts():
    for refusal in all_refusals():
        yield f"refusal {type(refusal).__name__}", explained.explain(refusal)
    for words in (
        explained.went_wrong,
        explained.slow_down,
        explained.only_words,
        explained.press_a_button,
        explained.question_behind,
        explained.not_understood,
        explained.edited,
        explained.talk_ended,
        residents.language_changed,
        residents.second_language_changed,
        residents.no_second_language,
        menu.good_to_see_you,
    ):
        yield words.__name__, words()
    for most in (1, 2, 3, 5, 300, 1500):
        yield f"too_long {most}", explained.too_long(most)
    for given in (True, False):
        yield f"consent_changed {given}", residents.consent_changed(given=given)
    for change in Change:
        yield f"ballot_noted {change}", polls.ballot_noted(Ballot(poll(), {}, change))


def all_refusals():
    """One of each class there is, and the base class, whose words stand for those that nobody thought of."""
    yield refusals.Refusal()
    for kind in refusals.Refusal.__subclasses__():
        yield kind("field") if kind.__name__.endswith("Invalid") else kind()


def _polls(method, size):
    for secrecy in ("private", "open"):
        view = poll(method, secrecy, size)
        every = list(view.options)
        for chosen in ({}, {every[0]: 1}, {option: n for n, option in enumerate(every, 1)}):
            for page in range(len(every) // polls.OPTIONS_A_PAGE + 1):
                yield f"ballot {method} {secrecy} {len(chosen)} {page}", polls.ballot_screen(Ballot(view, chosen), page)
        yield f"card {method} {secrecy}", polls.card(Progress(view, 3, 9))
        yield f"letter poll_card {method}", word("poll_card", Progress(view, 3, 9), current(), to_group=True)
        yield f"letter poll_invitation {method}", word("poll_invitation", view, current(), to_group=False)
        yield f"letter poll_reminder {method}", word("poll_reminder", view, current(), to_group=False)
        titles = [] if method == "yesno" else [{"en": one} for one in WORDS[size][1]]
        plan = Plan("steering", method, secrecy, CLOSES, 2, "en", {"en": WORDS[size][0]}, titles)
        yield f"plan {method} {secrecy}", Screen(polls.plan_in_short(plan, "Europe/London"))
    for state in ("closed", "cancelled"):
        yield f"card {state}", polls.card_closed(Progress(poll(method, size=size, state=state), 3, 9))
    for roll in (1, 2, 3, 5, 20):
        yield f"opened {roll}", polls.opened(Progress(poll(method, size=size), 0, roll))


def _results(method, size):
    for secrecy in ("private", "open"):
        view = poll(method, secrecy, size, "closed")
        for release in _releases(method, secrecy, list(view.options)):
            names = {1: ["Amina", "<Janek>"], 2: ["نور"]} if secrecy == "open" else {}
            what = f"result {method} {secrecy} {release.detail} {release.decided_by}"
            yield what, results.result_screen(Result(view, release, names))
            yield f"letter {what}", word("poll_result", Result(view, release, names), current(), to_group=True)


def _releases(method, secrecy, options):
    ballot = ranked if method == Method.RANK else marked
    a, b, c = options[:3]
    piles = [
        [],
        [ballot(a)] * 6 + [ballot(b)] * 2,
        [ballot(a)] * 9 + [ballot(b)] * 8,
        [ballot(a)] * 20 + [ballot(b)] * 15,
        [ballot(a)] * 18 + [ballot(b)] * 18,
        [ballot(b)] * 30 + [ballot(c)] * 5,
        [ballot(a)] * 36,
    ]
    if method == Method.RANK:
        piles += [
            [ranked(a, b, c)] * 12 + [ranked(b, c, a)] * 11 + [ranked(c, a, b)] * 12,
            [ranked({a, b}, c)] * 31,
        ]
    for pile in piles:
        yield publish_poll(count(method, options, pile, 3, "seed"), 60, secrecy)
    for decided in DecidedBy:
        won = None if decided.startswith("no") else a
        yield PollRelease(
            Detail.EXACT,
            Method(method),
            secrecy,
            3,
            winner=won,
            decided_by=decided,
            supporters=tuple((option, 11) for option in options),
            closest=(b, 20, 11),
            ballots=35,
            roll=60,
            abstained=1,
        )
