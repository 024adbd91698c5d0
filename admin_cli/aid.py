"""`kith aid`: help between neighbours."""

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from admin_cli import aid_asks, aid_behalf, aid_people
from admin_cli.door import Stop

if TYPE_CHECKING:
    from bot.community.match_files import Asked
    from bot.community.matching import Matching

app = typer.Typer(name="aid", help="Help between neighbours: what waits, who can help, and what is missing.")
app.command("ask")(aid_behalf.ask)
app.command("board")(aid_asks.board)
app.command("show")(aid_asks.show)
app.command("assign")(aid_asks.assign)
app.command("close")(aid_asks.close)
app.command("note")(aid_asks.note)
app.command("volunteers")(aid_people.volunteers)
app.command("check")(aid_people.check)
app.add_typer(aid_people.kinds)


@app.command("match")
def match_files(
    asks: Annotated[Path, typer.Option(help="CSV of asks: docs/matching.md says its columns.", show_default=False)],
    volunteers: Annotated[Path, typer.Option(help="CSV of volunteers.", show_default=False)],
    out: Annotated[Path, typer.Option(help="Where to write the pairs: ask, volunteer, weight.", show_default=False)],
    neighbours: Annotated[
        Path | None, typer.Option(help="CSV of patches that lie side by side: patch, neighbour.", show_default=False)
    ] = None,
) -> None:
    """Match a file of asks with a file of volunteers: the best assignment there is, and why anybody is left over.

    Example: kith aid match --asks asks.csv --volunteers volunteers.csv --out pairs.csv
    """
    import time

    from admin_cli.shown import as_json
    from bot.community.match_files import read_asked, read_neighbours
    from bot.community.matching import Roster, match

    asked = read_asked(asks, volunteers)
    near = read_neighbours(neighbours) if neighbours else {}
    began, cpu = time.perf_counter(), time.process_time()
    found = match(asked.asks, Roster(asked.volunteers, near))
    took = {"seconds": time.perf_counter() - began, "cpu_seconds": time.process_time() - cpu}
    _write(out, asked, found)
    left = Counter(gap.reason.value for gap in found.gaps.values())
    as_json(
        {
            "total": found.total,
            "served": len(found.pairings),
            **{name: round(value, 4) for name, value in took.items()},
            "asks": len(asked.asks),
            "volunteers": len(asked.volunteers),
            "unmatched": dict(sorted(left.items())),
        }
    )


def _write(out: Path, asked: "Asked", found: "Matching") -> None:
    """Write the pairs; whoever reads meanwhile finds the old file or the whole new one."""
    import csv

    if out.exists() and not out.is_file():
        raise Stop(f"{out} is no file: say where the pairs should be written")
    beside = out.with_name(f".{out.name}.part")
    try:
        with beside.open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(("ask", "volunteer", "weight"))
            lines.writerows(asked.told(found.pairings))
        beside.replace(out)
    except OSError as error:
        beside.unlink(missing_ok=True)
        raise Stop(f"{out}: cannot be written ({error.strerror}): check the path") from None
