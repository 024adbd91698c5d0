"""A Bot API request, in whichever form it comes, as parameters of the kinds that the table names."""

import json
import math
import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from aiohttp import BodyPartReader, MultipartReader, web

from sandbox.refusals import Json, bad_request

TABLE: dict[str, dict[str, str]] = json.loads((Path(__file__).parent / "methods.json").read_text(encoding="utf-8"))
BY_LOWER_NAME = {name.lower(): name for name in TABLE}  # Telegram does not mind the case of a method's name
SURROGATE = re.compile("[\ud800-\udfff]")
YES = {"true", "1", "yes", "y", "t"}


@dataclass
class Upload:
    """A file that came with the request."""

    name: str
    mime: str
    data: bytes


@dataclass
class Parameters:
    """What was asked, and the files that came along."""

    values: Json = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)


async def read_request(request: web.Request) -> Parameters:
    """The query string, then the body: JSON, form or multipart; an empty body of no type is fine too."""
    found = Parameters(dict(request.query))
    if request.content_type == "multipart/form-data":
        await read_multipart(await request.multipart(), found)
    elif request.can_read_body:
        found.values |= read_flat(await request.read(), request.content_type)
    return found


def read_flat(body: bytes, content_type: str) -> Json:
    """A body without files."""
    if not body.strip():
        return {}
    if content_type == "application/json":
        try:
            values = read_json(body.decode())
        except ValueError:
            raise bad_request("can't parse JSON object") from None
        if not isinstance(values, dict):
            raise bad_request("can't parse JSON object")
        return values
    return dict(parse_qsl(body.decode(errors="replace"), keep_blank_values=True))


async def read_multipart(reader: MultipartReader, found: Parameters) -> None:
    """Parts with a file name are files, the others are values."""
    async for part in reader:
        if not isinstance(part, BodyPartReader):
            raise bad_request("can't parse multipart body")
        data = bytes(await part.read(decode=True))
        if part.filename:
            mime = part.headers.get("Content-Type", "application/octet-stream")
            found.uploads[part.name or ""] = Upload(part.filename, mime, data)
        else:
            found.values[part.name or ""] = data.decode(errors="replace")


def typed(method: str, values: Json) -> Json:
    """The values as the table says they are; what it does not know is dropped, as Telegram drops it."""
    kinds = TABLE[method]
    return {name: value_of(kinds[name], value) for name, value in values.items() if name in kinds and value is not None}


def unknown(method: str, values: Json) -> list[str]:
    """Names that the method does not have: most likely misspelt."""
    return [name for name in values if name not in TABLE[method] and name != "method"]


def value_of(kind: str, value: Any) -> Any:
    """One value. In a form everything is a string, so the table decides whether "5" is text."""
    match kind.rstrip("!"):
        case "text":
            return value if isinstance(value, str) else json.dumps(value)
        case "number":
            return number_of(value)
        case "flag":
            return value if isinstance(value, bool) else str(value).lower() in YES
        case _:
            return json_of(value)


def number_of(value: Any) -> float | None:
    """A number, or None where there is none to read."""
    try:
        return int(value)
    except (TypeError, ValueError, OverflowError):
        pass
    try:
        number = float(value)
    except (TypeError, ValueError):
        return None
    return number if math.isfinite(number) else None


def json_of(value: Any) -> Any:
    """What a string of JSON means; one that is no JSON stays a string, for its reader to refuse."""
    if not isinstance(value, str):
        return value
    try:
        return read_json(value) if value else None
    except ValueError:
        return value


def no_number(word: str) -> float:
    """NaN and Infinity are Python's, not JSON's."""
    raise ValueError(word)


def read_json(source: str) -> Any:
    """JSON as Telegram takes it: half a character, which only an escape can smuggle in, is refused."""
    values = json.loads(source, parse_constant=no_number)
    if "\\u" in source and SURROGATE.search(json.dumps(values, ensure_ascii=False)):
        raise bad_request("strings must be encoded in UTF-8")
    return values
