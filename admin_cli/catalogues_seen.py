"""How complete the shipped catalogues are."""


def missing_words() -> dict[str, int]:
    """How many of the house's sentences each language lacks; those that lack none are left out."""
    from bot.screens.language import LANGUAGES, catalogue

    known = {tag: set(catalogue(tag).strings) for tag in LANGUAGES if tag != "en"}
    wanted = set().union(*known.values(), *map(_listed, known))
    short = {tag: len(wanted - has) for tag, has in known.items()}
    return {tag: count or 1 for tag, count in short.items() if count or not known[tag]}


def _listed(tag: str) -> set[str]:
    """Every sentence that a catalogue lists, whether it is translated or not."""
    from babel.messages.pofile import read_po

    from bot.screens.language import locales_folder

    path = locales_folder() / tag / "LC_MESSAGES" / "messages.po"
    if not path.exists():
        return set()
    with path.open("rb") as file:
        entries = list(read_po(file, locale=None))
    return {entry.id if isinstance(entry.id, str) else entry.id[0] for entry in entries if entry.id}
