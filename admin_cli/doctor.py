"""`kith doctor`: what is wrong with this install, and how to mend it."""

from collections.abc import Iterable

import typer

from admin_cli.door import Json
from admin_cli.shown import as_json


def examine(as_json_: Json = False) -> None:
    """Examine this install: settings, database, keys, seals, token, clock, languages. Each fault comes with its cure.

    Exit code 1 when something is wrong. No secret is ever printed.

    Example: kith doctor
    """
    from dataclasses import asdict

    from admin_cli.checks import findings
    from admin_cli.finding import Finding

    found: list[Finding] = []
    for number, finding in enumerate(findings(), 1):
        found.append(finding)
        if not as_json_:
            _tell(number, finding.check, finding.state, finding.said, finding.cure)
    if as_json_:
        as_json([{"number": number, **asdict(finding)} for number, finding in enumerate(found, 1)])
    else:
        typer.echo(_summary([finding.state for finding in found]))
    if any(finding.state == "wrong" for finding in found):
        raise typer.Exit(1)


def _tell(number: int, check: str, state: str, said: str, cure: str) -> None:
    colour = {"ok": typer.colors.GREEN, "look": typer.colors.YELLOW, "wrong": typer.colors.RED}.get(state)
    typer.echo(f"{number:>2}. {typer.style(f'{state:<8}', fg=colour)}{check}: {said}")
    if state in {"wrong", "look"}:
        typer.echo(f"             To mend it: {cure}")


def _summary(states: Iterable[str]) -> str:
    counted = list(states)
    if "wrong" in counted:
        return f"{counted.count('wrong')} wrong: see how to mend it above."
    return "All is well." if "look" not in counted else "Nothing is wrong; have a look at what is marked."
