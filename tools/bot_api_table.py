"""Write sandbox/methods.json: every method of the Bot API with its fields, read off aiogram's classes.

Run it by hand after updating aiogram: `.venv/bin/python tools/bot_api_table.py`. The sandbox itself never imports
aiogram (seconds and 160 MB); this table of about 25 kB is all it needs.

A field is "text", "number", "flag" or "json" (an object or a list); a trailing "!" says that it is required.
"""

import json
import typing
from pathlib import Path
from typing import Any

import aiogram.methods
from aiogram.types import InputFile

TABLE = Path(__file__).parent.parent / "sandbox" / "methods.json"


def main() -> None:
    """Write the table and say how large it is."""
    table = {name: fields_of(model) for name, model in sorted(methods().items())}
    rows = ",\n".join(
        f"{json.dumps(name)}:{json.dumps(fields, separators=(',', ':'))}" for name, fields in table.items()
    )
    TABLE.write_text("{\n" + rows + "\n}\n", encoding="utf-8")
    print(f"{len(table)} methods, {sum(map(len, table.values()))} fields, {TABLE.stat().st_size} bytes")  # noqa: T201


def methods() -> dict[str, Any]:
    """The classes that are methods: aiogram's list also holds abstract ones, whose name is a property."""
    named = [getattr(aiogram.methods, name) for name in aiogram.methods.__all__]
    return {m.__api_method__: m for m in named if isinstance(getattr(m, "__api_method__", None), str)}


def fields_of(model: Any) -> dict[str, str]:
    """Each field's kind, in the order of Telegram's documentation."""
    return {
        name: kind_of(field.annotation) + ("!" if field.is_required() else "")
        for name, field in model.model_fields.items()
    }


def kind_of(annotation: Any) -> str:
    """What a form value of this field is, once unpacked from its string."""
    leaves = set(leaves_of(annotation))
    if leaves & {str, InputFile}:
        return "text"
    if leaves & {int, float}:
        return "number"
    return "flag" if leaves == {bool} else "json"


def leaves_of(annotation: Any) -> list[Any]:
    """The types a union is made of; a list is one of its own, whatever it holds."""
    origin = typing.get_origin(annotation)
    if origin is list:
        return [list]
    arguments = typing.get_args(annotation)
    if origin is typing.Annotated:
        return leaves_of(arguments[0])
    if not arguments:
        return [] if annotation is type(None) or annotation.__name__ == "Default" else [annotation]
    return [leaf for argument in arguments for leaf in leaves_of(argument)]


if __name__ == "__main__":
    main()
