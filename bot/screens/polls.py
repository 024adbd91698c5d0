"""Polls in words: the group's card, the private ballot, the invitation, the reminder."""

from collections.abc import Sequence
from functools import lru_cache

from bot.community.polls import Plan, PollView, Progress
from bot.community.voting import Ballot, Change
from bot.replies import Button, Rows, Screen
from bot.screens.language import Html, _, clean, current, label, lines, n_, named, paragraphs, when
from bot.screens.menu import menu_button
from bot.taps import BallotTap, VoteTap, WithdrawTap

OPTIONS_A_PAGE = 5
"""With the rows to turn pages, to withdraw and to go back it makes eight (DESIGN 9)."""
AGREE, AGAINST, ABSTAIN = 1, 2, 3
BUTTON_SHOWS = 24
"""Characters that a button of half a telephone's width shows; the rest is cut."""


def option_name(poll: PollView, option: int) -> str:
    """An option in the reader's language; yes, no and abstain are the house's own words."""
    words = poll.options[option]
    if words is not None:
        return clean(words.said_in(current()))
    return {AGREE: label("Agree"), AGAINST: label("Against"), ABSTAIN: label("Abstain")}[option]


def _title(poll: PollView) -> Html:
    return _("<b>{title}</b>", title=poll.title.said_in(current()))


def _untranslated(poll: PollView) -> str:
    """Said where the reader's language is missing: never blank, never silently another language."""
    texts = [poll.title, *(words for words in poll.options.values() if words is not None)]
    if all(words.exists_in(current()) for words in texts):
        return ""
    return _("<i>Some of this has not been translated into your language yet.</i>")


def how_to_vote(method: str) -> Html:
    """One sentence that says what to do."""
    match method:
        case "yesno":
            return _("Do you agree? To abstain is counted apart.")
        case "choose":
            return _("Choose one.")
        case "approve":
            return _("Press everything that you would be happy with.")
        case _:
            return _("Press what you want most first, then the next, and so on. What you leave out comes last.")


def how_it_is_decided(poll: PollView) -> Html:
    """The rule, ties included, as it is told before the vote."""
    return lines(_rule(poll.method), _quorum(poll.quorum), _tie(poll))


def _rule(method: str) -> Html:
    match method:
        case "yesno":
            return _("It is agreed if more people are for it than against it.")
        case "choose":
            return _("What most people choose wins.")
        case "approve":
            return _("What most people are happy with wins.")
        case _:
            return _(
                "What beats every other option one against one wins. "
                "If several are never beaten, the one ranked higher overall wins; "
                "if they beat each other in a circle, the narrowest result is set aside."
            )


def _quorum(quorum: int) -> Html | str:
    return n_("It needs {n} person in favour.", "It needs {n} people in favour.", quorum) if quorum > 1 else ""


def _tie(poll: PollView) -> Html | str:
    if poll.method == "yesno":
        return ""
    return _("A tie is decided by a lot that is fixed already: {seed}.", seed=poll.lot_seed)


def what_will_be_told(secrecy: str) -> Html:
    """What will be published, said before the vote (DESIGN 8)."""
    if secrecy == "open":
        return _("This vote is open: when it closes, everybody sees who voted for what.")
    return _(
        "Your vote is private, and the single votes are deleted when it closes. Under 5 votes nothing is told, "
        "up to 9 only the outcome, up to 29 also how clear it was, from 30 the numbers."
    )


def _until(poll: PollView) -> Html:
    return _("Open until {when}.", when=when(poll.closes_at, poll.timezone))


def card(state: Progress) -> Screen:
    """What the group sees: question, options, closing time, rule, how many have voted; the way to the private ballot."""
    poll = state.poll
    options = lines(*(_("• {option}", option=option_name(poll, option)) for option in poll.options))
    text = paragraphs(
        _title(poll),
        options,
        how_it_is_decided(poll),
        what_will_be_told(poll.secrecy),
        _until(poll),
        _("{voted} of {roll} have voted.", voted=state.voted, roll=state.roll),
        _untranslated(poll),
    )
    return Screen(text, ((Button(label("Vote in private"), start=f"p{poll.id}"),),))


def card_closed(state: Progress) -> Screen:
    """The card once the poll has closed: nothing left to press."""
    return Screen(paragraphs(_title(state.poll), _closed_line(state.poll)))


def _closed_line(poll: PollView) -> Html:
    return _("This vote was called off.") if poll.state == "cancelled" else _("This vote has closed.")


def ballot_screen(ballot: Ballot, page: int) -> Screen:
    """The private ballot: each option states a wish; a chosen one also has a button to take it back."""
    return _drawn(ballot.poll, tuple(ballot.chosen.items()), page, current())


@lru_cache(512)
def _drawn(poll: PollView, chosen: tuple[tuple[int, int], ...], page: int, _language: str) -> Screen:
    """A ballot's screen, drawn once for all who have chosen alike; nothing in here knows whose it is."""
    ballot = Ballot(poll, dict(chosen))
    text = paragraphs(
        _title(poll),
        _in_full(poll, page),
        how_to_vote(poll.method),
        _receipt(ballot),
        what_will_be_told(poll.secrecy),
        _until(poll),
        _untranslated(poll),
    )
    return Screen(text, _option_rows(ballot, page) + _page_row(poll, page) + _last_rows(ballot))


def _in_full(poll: PollView, page: int) -> Html:
    """The options of this page in full, where Telegram would cut them on a button."""
    names = [option_name(poll, option) for option in _on_page(poll, page)]
    if max(map(len, names), default=0) <= BUTTON_SHOWS:
        return Html()
    return lines(*(_("• {option}", option=name) for name in names))


def _receipt(ballot: Ballot) -> Html:
    """What is in, so that nobody needs to wonder (decidim#5712 in facts/voting.md)."""
    if not ballot.chosen:
        return _("Your vote is not in yet.")
    names = [_("✓ {option}", option=option_name(ballot.poll, option)) for option in _in_order(ballot)]
    if ballot.poll.method == "rank":
        names = [
            _("{n}. {option}", n=place, option=option_name(ballot.poll, option))
            for place, option in enumerate(_in_order(ballot), 1)
        ]
    return lines(_("Your vote is in:"), *names)


def _in_order(ballot: Ballot) -> Sequence[int]:
    return sorted(ballot.chosen, key=lambda option: (ballot.chosen[option], option))


def _option_rows(ballot: Ballot, page: int) -> Rows:
    return tuple(_option_row(ballot, option) for option in _on_page(ballot.poll, page))


def _on_page(poll: PollView, page: int) -> Sequence[int]:
    return list(poll.options)[page * OPTIONS_A_PAGE : (page + 1) * OPTIONS_A_PAGE]


def _option_row(ballot: Ballot, option: int) -> tuple[Button, ...]:
    poll, name = ballot.poll, option_name(ballot.poll, option)
    if option not in ballot.chosen:
        return (Button(named(name), VoteTap(poll.id, option, 0)),)
    if poll.method in {"choose", "yesno"}:
        return (Button(label("✓ {option}", option=name), VoteTap(poll.id, option, 0)),)
    back = Button(label("✗ Take back"), VoteTap(poll.id, option, -1))
    if poll.method == "approve":
        return (Button(label("✓ {option}", option=name), VoteTap(poll.id, option, 0)), back)
    place = ballot.chosen[option]
    ranked = Button(label("{n}. {option}", n=place, option=name), VoteTap(poll.id, option, place))
    up = (Button(label("↑ Higher"), VoteTap(poll.id, option, place - 1)),) if place > 1 else ()
    return (ranked, *up, back)


def _page_row(poll: PollView, page: int) -> Rows:
    row = []
    if page > 0:
        row.append(Button(label("Earlier"), BallotTap(poll.id, page - 1)))
    if (page + 1) * OPTIONS_A_PAGE < len(poll.options):
        row.append(Button(label("More"), BallotTap(poll.id, page + 1)))
    return (tuple(row),) if row else ()


def _last_rows(ballot: Ballot) -> Rows:
    withdraw = ((Button(label("Withdraw my vote"), WithdrawTap(ballot.poll.id)),),) if ballot.chosen else ()
    return (*withdraw, (menu_button(),))


def ballot_noted(ballot: Ballot) -> str:
    """Toast after a tap."""
    match ballot.change:
        case Change.COUNTED:
            return label("Your vote is in.")
        case Change.MOVED:
            return label("Your vote has moved.")
        case Change.WITHDRAWN:
            return label("Taken back.")
        case _:
            return label("That is already your vote.")


def invitation(poll: PollView) -> Screen:
    """To a member who is not in the group's chat."""
    text = paragraphs(
        _("You are asked to vote:"),
        _title(poll),
        how_it_is_decided(poll),
        what_will_be_told(poll.secrecy),
        _until(poll),
        _untranslated(poll),
    )
    return Screen(text, ((Button(label("Vote now"), BallotTap(poll.id, 0)),), (menu_button(),)))


def reminder(poll: PollView) -> Screen:
    """To those who have not voted, once."""
    text = paragraphs(_("There is still time to vote:"), _title(poll), _until(poll))
    return Screen(text, ((Button(label("Vote now"), BallotTap(poll.id, 0)),),))


def plan_in_short(plan: Plan, timezone: str) -> Html:
    """What is about to be asked, before it is."""
    options = [words[plan.source] for words in plan.options] or [label("Agree"), label("Against"), label("Abstain")]
    return paragraphs(
        _("<b>{title}</b>", title=plan.title[plan.source]),
        lines(*(_("• {option}", option=option) for option in options)),
        lines(_rule(plan.method), _quorum(plan.quorum)),
        what_will_be_told(plan.secrecy),
        _("Open until {when}.", when=when(plan.closes_at, timezone)),
    )


def opened(state: Progress) -> Screen:
    """To whoever made a poll in the chat."""
    text = n_("The vote has started. {n} person can vote.", "The vote has started. {n} people can vote.", state.roll)
    return Screen(text, ((Button(label("Vote now"), BallotTap(state.poll.id, 0)),), (menu_button(),)))
