"""`kith`: what coordinators and operators do at a command line. It needs no token and no running bot.

Imports are late on purpose: `kith --help` answers in under half a second of CPU.
"""

import sys
from collections.abc import Sequence
from typing import Any

import typer
from typer.core import TyperGroup

from admin_cli import (
    aid,
    broadcast,
    checkin,
    concerns,
    db,
    doctor,
    evaluator,
    instrument,
    invite,
    keys,
    letters,
    patch,
    place,
    poll,
    residents,
    revealed,
    role,
    tallies,
    texts,
)
from admin_cli.door import one_line

WRONG = 2


class Kith(TyperGroup):
    """The whole command: whatever goes wrong is said in one line, with exit code 2."""

    def main(self, args: Sequence[str] | None = None, *given: Any, **named: Any) -> Any:
        """Run a command."""
        asked = list(sys.argv[1:] if args is None else args) or ["--help"]
        try:
            code = super().main(asked, *given, **{**named, "standalone_mode": False})
        except Exception as error:
            line = one_line(error)
            if line is None:
                raise
            typer.echo(line, err=True)
            code = WRONG
        sys.exit(code if isinstance(code, int) else 0)


app = typer.Typer(
    cls=Kith,
    name="kith",
    rich_markup_mode=None,  # boxes cost a quarter of a second, and read badly aloud
    pretty_exceptions_enable=False,
    add_completion=False,
    help="Run a neighbourhood's Kith: its places, polls, invitations, keys and backups.\n\n"
    "Example: kith place add millbrook --name Millbrook --run-by 'Millbrook Association' --language en",
)
for group in (
    place,
    patch,
    residents,
    role,
    poll,
    aid,
    concerns,
    broadcast,
    instrument,
    checkin,
    tallies,
    evaluator,
    texts,
    keys,
    letters,
    db,
):
    app.add_typer(group.app)
app.command("invite")(invite.make_invite)
app.command("revealed")(revealed.looks)
app.command("doctor")(doctor.examine)


def main() -> None:
    """The console script."""
    app(prog_name="kith")
