"""`kith checkin assist`: entering what somebody without an account answers, question by question."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli.door import Stop, now, opened

if TYPE_CHECKING:
    from bot.community.instruments import Question
    from bot.store.checkins import CheckinFacts
    from bot.store.engine import Session
    from bot.store.tables import Resident


def assist(
    checkin: Annotated[
        int, typer.Argument(metavar="ID", help="The check-in's number; 'kith checkin list'.", show_default=False)
    ],
    by: Annotated[
        int | None, typer.Option(help="Which community researcher asks: their number, where there are several.")
    ] = None,
    language: Annotated[str, typer.Option(help="The language to read the questions out in, such as en or ur.")] = "en",
) -> None:
    """Enter what somebody without an account answers to an open check-in, with them: question by question, Enter skips.

    Nothing says afterwards who it was, nor who asked. Whoever has an account answers on their own telephone.

    Example: kith checkin assist 4 --language pl
    """
    from bot.community import assisting
    from bot.community.checkins import questions_of

    with opened() as store:
        with store.transaction() as session:
            facts = _open(session, checkin)
            _researcher(session, facts.place_id, by)
        if typer.confirm("Has this person an account here?"):
            typer.echo("Then they answer themselves, or they would be counted twice. Nothing was kept.")
            return
        groups = {breakdown: _group(breakdown, known) for breakdown, known in facts.groups.items()}
        answers = {at: _answer(one, language) for at, one in enumerate(questions_of(facts.questions), 1)}
        given = {at: value for at, value in answers.items() if value is not None}
        if not given:
            raise Stop("no question was answered, so nothing was kept")
        with store.transaction() as session:
            researcher = _researcher(session, facts.place_id, by)
            assisting.enter(session, researcher, _open(session, checkin).id, given, groups, now())
    many = "1 answer was" if len(given) == 1 else f"{len(given)} answers were"
    typer.echo(f"{many} kept. Nothing says whose, so they cannot be changed any more.")


def _open(session: "Session", checkin: int) -> "CheckinFacts":
    from bot.store.checkins import checkin_for

    facts = checkin_for(session, checkin, None)
    if facts is None or facts.kind != "checkin":
        raise Stop(f"there is no check-in {checkin}: 'kith checkin list' shows them")
    if facts.state != "open" or facts.closes_at <= now():
        raise Stop(f"check-in {checkin} takes no answers any more")
    return facts


def _researcher(session: "Session", place_id: int, by: int | None) -> "Resident":
    """Who asks: the only community researcher, or the one named."""
    from bot.community.assisting import ROLE
    from bot.store import places
    from bot.store.residents import residents_with

    people = {one.id: one for one in residents_with(session, place_id, ROLE)}
    if not people:
        slug = places.place_by_id(session, place_id).slug
        raise Stop(f"{slug} has no community researcher yet: 'kith invite researcher --place {slug}'")
    if by is None and len(people) > 1:
        raise Stop(f"say who asks: --by {' or '.join(str(one) for one in sorted(people))}, numbers of researchers")
    if by is not None and by not in people:
        raise Stop(f"{by} is no community researcher: {', '.join(str(one) for one in sorted(people))}")
    return people[by if by is not None else next(iter(people))]


def _group(breakdown: str, known: Sequence[Sequence[str]]) -> str:
    """What is told apart in this check-in: the key of one group, empty for the last."""
    typer.echo(f"\n{breakdown.capitalize()}:")
    for number, (_key, words) in enumerate(known, 1):
        typer.echo(f"  {number}  {words}")
    chosen = _number("Which", range(1, len(known) + 1))
    return "" if chosen is None else known[chosen - 1][0]


def _answer(question: "Question", language: str) -> int | None:
    spoken = question.spoken(language)
    words = question.words[spoken]
    typer.echo(f"\n{question.said_in(spoken)}")
    values = (question.first, question.last) if question.ends else question.values
    for value, word in zip(values, words, strict=True):
        typer.echo(f"  {value}  {word}")
    return _number(f"{question.first} to {question.last}", question.values)


def _number(question: str, allowed: range) -> int | None:
    """Ask until one of these numbers is typed, or nothing."""
    while True:
        said = str(typer.prompt(question, default="", show_default=False)).strip()
        if not said:
            return None
        if said.isdecimal() and int(said) in allowed:
            return int(said)
        typer.echo(f"A number from {allowed[0]} to {allowed[-1]}, or nothing.")
