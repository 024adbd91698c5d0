"""`kith poll count`: recount a file of ballots, so that nobody has to take a result on trust."""

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from rich.table import Table

    from bot.community.counting import Count

METHODS = "yesno, choose, approve or rank"


def count_file(
    ballots: Annotated[
        Path, typer.Argument(help="The ballots: .csv, or PrefLib's .soc, .soi, .toc or .toi.", show_default=False)
    ],
    method: Annotated[str, typer.Option(help=f"How the ballots are marked: {METHODS}.", show_default=False)],
    quorum: Annotated[int, typer.Option(help="How many supporters an option needs to win.", min=0)] = 0,
    seed: Annotated[str, typer.Option(help="The text of the lot, as published before the vote.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Count a file of ballots and tell how it was decided.

    Example: kith poll count ballots.csv --method rank --quorum 5 --seed "millbrook-12"
    """
    from bot.community.ballots import read_ballots
    from bot.community.counting import Method, count

    if method not in set(Method):
        raise _refused(f"there is no method {method}: use {METHODS}")
    try:
        file = read_ballots(ballots, Method(method))
        counted = count(method, list(file.options), file.ballots, quorum, seed)
    except OSError as error:
        raise _refused(f"{ballots}: cannot be read ({error.strerror}): check the path") from None
    except ValueError as error:
        raise _refused(f"{ballots}: {error}") from None
    if as_json:
        _print_json(counted, file.options)
    else:
        _print_tables(counted, file.options)


def _refused(reason: str) -> typer.Exit:
    typer.echo(reason, err=True)
    return typer.Exit(2)


def _print_json(counted: "Count", names: Mapping[int, str]) -> None:
    import json

    typer.echo(json.dumps(_facts(counted, names), ensure_ascii=False, indent=2))


def _facts(counted: "Count", names: Mapping[int, str]) -> dict[str, Any]:
    from dataclasses import asdict

    from bot.community.counting import full_order

    options = [
        {"option": key, "name": name, "supporters": counted.supporters[key], "borda_doubled": counted.borda.get(key)}
        for key, name in names.items()
    ]
    return {
        "method": counted.method.value,
        "quorum": counted.quorum,
        "seed": counted.seed,
        "ballots": counted.ballots,
        "abstained": counted.abstained,
        "options": options,
        **asdict(counted.decision),
        "order": full_order(counted),
        "closest": counted.closest and asdict(counted.closest),
        "duels": [{"option": x, "over": y, "ballots": above} for (x, y), above in sorted(counted.above.items())],
        "sentence": sentence(counted, names),
    }


def _print_tables(counted: "Count", names: Mapping[int, str]) -> None:
    from rich.console import Console

    console = Console(highlight=False, soft_wrap=True)
    console.print(sentence(counted, names), markup=False)
    console.print(f"{counted.ballots} ballots, {counted.abstained} of them blank or abstaining.", markup=False)
    console.print(_standings(counted, names))
    if counted.above:
        console.print(_duels(counted, names))


def _standings(counted: "Count", names: Mapping[int, str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    from bot.community.counting import full_order

    table = Table("Place", "No.", "Option", title="Supporters")
    table.add_column("Supporters", justify="right")
    table.add_column("Of 100", justify="right")
    if counted.above:
        table.add_column("Borda", justify="right")
    order = full_order(counted)
    for key in order or counted.options:
        place = str(order.index(key) + 1) if key in counted.competing and order else ""
        share = f"{round(100 * counted.supporters[key] / counted.heard)}" if _has_share(counted, key) else ""
        borda = [_halves(counted.borda.get(key))] if counted.above else []
        table.add_row(place, str(key), Text(names[key]), str(counted.supporters[key]), share, *borda)
    return table


def _has_share(counted: "Count", key: int) -> bool:
    """Abstentions are listed, never in a denominator (facts/voting.md 1.4)."""
    return bool(counted.heard) and not (counted.method == "yesno" and key == counted.options[2])


def _halves(doubled: int | None) -> str:
    if doubled is None:
        return ""
    return str(doubled // 2) + (".5" if doubled % 2 else "")


def _duels(counted: "Count", names: Mapping[int, str]) -> "Table":
    from rich.table import Table
    from rich.text import Text

    table = Table(
        "Ballots that put", title="One against one", caption="Rows above columns; columns are option numbers."
    )
    for key in names:
        table.add_column(f"over {key}", justify="right")
    for key, name in names.items():
        cells = [str(counted.above[key, other]) if other != key else "" for other in names]
        table.add_row(Text(f"{key} {name}"), *cells)
    return table


def sentence(counted: "Count", names: Mapping[int, str]) -> str:
    """The result in one sentence, or two (facts/voting.md 1.3). English: the bot's own words are in screens/."""
    from bot.community.counting import Method

    if counted.method is Method.YESNO:
        return _yesno(counted)
    if counted.winner is None:
        missing = "no ballot names an option" if not counted.heard else f"no option has {counted.quorum} supporters"
        return f"Nothing was decided: {missing}."
    told = _ranked(counted, names) if counted.method is Method.RANK else _most(counted, names)
    return f"{told} {_lot(counted, names)}".strip()


def _yesno(counted: "Count") -> str:
    agree, against, abstained = (counted.supporters[option] for option in counted.options)
    outcome = "Agreed" if counted.winner is not None else "Not agreed"
    needs = f" (needs {counted.quorum} in favour)" if counted.quorum > 1 else ""
    return f"{outcome}: {agree} for, {against} against, {abstained} abstained{needs}."


def _most(counted: "Count", names: Mapping[int, str]) -> str:
    assert counted.winner is not None
    most, heard, lot = counted.supporters[counted.winner], counted.heard, counted.decision.lot_among
    if lot:
        return f"{_all(lot, names)} tied with {most} of {heard}."
    if counted.method == "approve":
        return f"{most} of {heard} people would be happy with {names[counted.winner]}, more than any other option."
    warning = " That is under half: consider a run-off." if counted.under_half else ""
    return f"{names[counted.winner]} got most votes: {most} of {heard}.{warning}"


def _ranked(counted: "Count", names: Mapping[int, str]) -> str:
    from bot.community.counting import DecidedBy

    assert counted.winner is not None
    winner, near, decision = names[counted.winner], counted.closest, counted.decision
    if near is None:
        return f"{winner} won: no other option had enough supporters."
    rival, result = names[near.rival], f"{near.for_winner} to {near.for_rival}"
    if decision.unbeaten:
        tied = f"{_all(decision.unbeaten, names)} were never beaten one against one."
        return tied + (f" {winner} was ranked higher overall." if not decision.lot_among else "")
    if decision.circle:
        circle = f"{_all(decision.circle, names)} beat each other in a circle."
        if decision.lot_among:
            return circle
        higher = " and was ranked higher overall" if counted.decided_by is DecidedBy.MINIMAX_BORDA else ""
        return f"{circle} The worst defeat of {winner} was the smallest ({result} against {rival}){higher}."
    if counted.decided_by is DecidedBy.UNBEATEN_ALONE:
        return f"{winner} was the only option never beaten one against one; closest was {rival}, {result}."
    return f"{winner} beat every other option one against one; closest was {rival}, {result}."


def _lot(counted: "Count", names: Mapping[int, str]) -> str:
    if not (lot := counted.decision.lot_among) or counted.winner is None:
        return ""
    drawn = f"the SHA-256 of '{counted.seed}:{counted.winner}' is the lowest"
    return f"{_all(lot, names)} were still level and went to the lot, which fell on {names[counted.winner]}: {drawn}."


def _all(options: tuple[int, ...], names: Mapping[int, str]) -> str:
    *others, last = (names[option] for option in options)
    return f"{', '.join(others)} and {last}" if others else last
