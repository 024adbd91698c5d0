"""What a closed poll says, in one sentence (facts/voting.md 1.3) and never more than its release holds."""

from bot.community.counting import DecidedBy
from bot.community.disclosure import Detail, PollRelease, Support, Turnout
from bot.community.polls import PollView
from bot.community.results import Result
from bot.replies import Screen
from bot.screens.language import Html, _, current, lines, paragraphs
from bot.screens.menu import menu_button
from bot.screens.polls import ABSTAIN, AGAINST, AGREE, option_name


def result_text(result: Result) -> Html:
    """Title, outcome, how clear it was, and what else may be told."""
    poll, release = result.poll, result.release
    return paragraphs(
        _("<b>{title}</b>", title=poll.title.said_in(current())),
        lines(_outcome(poll, release), _lot(poll, release)),
        lines("" if release.supporters else _support(release), _turnout(release)),
        lines(*_counts(poll, release)),
        lines(*_names(result)),
    )


def result_screen(result: Result) -> Screen:
    """The result in the private chat."""
    return Screen(result_text(result), ((menu_button(),),))


def _outcome(poll: PollView, release: PollRelease) -> Html:
    if release.detail is Detail.NOTHING:
        return _("The vote has closed. Too few votes came in for a private result.")
    if poll.method == "yesno":
        return _agreement(release)
    if release.winner is None:
        return _("Nothing was decided: no option had enough people in favour.")
    return _chosen(poll, release, option_name(poll, release.winner))


def _agreement(release: PollRelease) -> Html:
    counts = dict(release.supporters)
    if not counts:
        return _("Agreed.") if release.winner else _("Not agreed.")
    numbers = {"yes": counts[AGREE], "no": counts[AGAINST], "abstained": counts[ABSTAIN]}
    if release.winner:
        return _("Agreed: {yes} for, {no} against, {abstained} abstained.", **numbers)
    return _("Not agreed: {yes} for, {no} against, {abstained} abstained.", **numbers)


def _chosen(poll: PollView, release: PollRelease, name: str) -> Html:
    counts = dict(release.supporters)
    if not counts or release.winner is None:
        return _("Decided: <b>{option}</b>.", option=name)
    if poll.method == "rank":
        return _ranked_first(poll, release, name)
    told = {"option": name, "votes": counts[release.winner], "all": (release.ballots or 0) - (release.abstained or 0)}
    if poll.method == "approve":
        return _(
            "<b>{option}</b>: {votes} of {all} people would be happy with it, more than with anything else.", **told
        )
    return _("<b>{option}</b> got most votes: {votes} of {all}.", **told)


def _ranked_first(poll: PollView, release: PollRelease, name: str) -> Html:
    rival, ours, theirs = release.closest or (0, 0, 0)
    told = {"option": name, "rival": option_name(poll, rival) if rival else "", "ours": ours, "theirs": theirs}
    match release.decided_by:
        case DecidedBy.BEAT_EVERY if rival:
            return _(
                "<b>{option}</b> beat every other option one against one; closest was {rival}, {ours} to {theirs}.",
                **told,
            )
        case DecidedBy.BORDA_AMONG_UNBEATEN:
            return _("<b>{option}</b> and others were never beaten; {option} was ranked higher overall.", option=name)
        case DecidedBy.MINIMAX | DecidedBy.MINIMAX_BORDA:
            return _(
                "Some options beat each other in a circle; <b>{option}</b> lost most narrowly, so it was chosen.",
                option=name,
            )
        case DecidedBy.UNBEATEN_ALONE:
            return _("<b>{option}</b> is the only option that was never beaten one against one.", option=name)
        case _:
            return _("Decided: <b>{option}</b>.", option=name)


def _lot(poll: PollView, release: PollRelease) -> Html | str:
    if not release.by_lot:
        return ""
    among = ", ".join(option_name(poll, option) for option in release.lot_among)
    return _(
        "It was a tie between {options}; the lot {seed}, fixed before the vote, decided.",
        options=among,
        seed=poll.lot_seed,
    )


def _support(release: PollRelease) -> Html | str:
    match release.support:
        case Support.NO_MAJORITY:
            return _("Support: less than half.")
        case Support.NARROW:
            return _("Support: narrow, about half.")
        case Support.CLEAR:
            return _("Support: clear.")
        case Support.STRONG:
            return _("Support: strong, four in five or more.")
        case _:
            return ""


def _turnout(release: PollRelease) -> Html | str:
    if release.ballots is not None and release.roll is not None:
        return _("{voted} of {roll} voted.", voted=release.ballots, roll=release.roll)
    match release.turnout:
        case Turnout.UNDER_HALF:
            return _("Turnout: less than half.")
        case Turnout.UNDER_THREE_QUARTERS:
            return _("Turnout: half or more.")
        case Turnout.THREE_QUARTERS:
            return _("Turnout: three quarters or more.")
        case _:
            return ""


def _counts(poll: PollView, release: PollRelease) -> list[Html]:
    if poll.method == "yesno":
        return []
    order = sorted(release.supporters, key=lambda pair: -pair[1])
    return [_("• {option}: {votes}", option=option_name(poll, option), votes=votes) for option, votes in order]


def _names(result: Result) -> list[Html]:
    """Who voted for what: in an open poll only, as was said before it began."""
    if not result.names:
        return []
    said = [
        _("• {option}: {names}", option=option_name(result.poll, option), names=", ".join(names))
        for option, names in sorted(result.names.items())
    ]
    return [_("Who voted for what:"), *said]
