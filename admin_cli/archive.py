"""`kith broadcast archive`: what was said to everybody, as pages that any web server can show."""

from pathlib import Path
from typing import Annotated

import typer

from admin_cli.door import PlaceName, Stop, opened, place_named


def archive(
    place: PlaceName,
    out: Annotated[Path, typer.Option(help="The folder that the pages go into; it is made.", show_default=False)],
) -> None:
    """Write the public archive: static HTML in every language, right-to-left where it belongs, nothing from elsewhere.

    Only what was sent, and not for some people only. Pages of messages that are not public any more are taken away.

    Example: kith broadcast archive --place millbrook --out site/
    """
    from bot.community.outlook import public
    from bot.screens import archive as screens

    if out.exists() and not out.is_dir():
        raise Stop(f"{out} is a file: --out names a folder")
    with opened() as store, store.transaction() as session:
        found = place_named(session, place)
        messages = public(session, found)
        pages = screens.pages(found.name, found.languages, messages)
    files = {path: text.encode() for path, text in pages.items()}
    files |= {screens.photo_path(one): one.photo for one in messages if one.photo is not None}
    changed = _written(out, files)
    _swept(out, set(files), found.languages)
    typer.echo(f"{out}: {len(messages)} messages in {len(found.languages)} languages; files written: {changed}.")


def _written(out: Path, files: dict[str, bytes]) -> int:
    """Write what differs; says how many files that were."""
    changed = 0
    for name, content in files.items():
        path = out / name
        if not path.exists() or path.read_bytes() != content:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
            changed += 1
    return changed


def _swept(out: Path, kept: set[str], languages: list[str]) -> None:
    """Take away pages that an earlier run wrote and this one did not; nothing else in the folder is touched."""
    for folder in (*languages, "photos"):
        for path in sorted((out / folder).glob("*")):
            stem, _dot, ending = path.name.partition(".")
            ours = stem.isdigit() and ending in {"html", "jpg", "png"}
            if ours and f"{folder}/{path.name}" not in kept:
                path.unlink()
