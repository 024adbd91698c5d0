"""What /tallies answers, described for programs (OpenAPI 3.1)."""

from typing import Any

_TEXT: dict[str, Any] = {"type": "string"}
_NUMBER: dict[str, Any] = {"type": ["integer", "null"]}
_RELEASE = {
    "name": "release", "in": "path", "required": True, "schema": _TEXT,
    "description": "A release's key, as /tallies lists it.",
}  # fmt: skip
_OF_SOME = {**_RELEASE, "description": "A release's key, or 'all': every release of the place, side by side."}
_FILE = {
    "name": "file", "in": "path", "required": True,
    "schema": {"enum": ["waves.csv", "results.csv", "tables.csv", "codebook.csv", "datapackage.json", "README.txt",
                        "results.xlsx", "polls.csv"]},
    "description": "A file; polls.csv only of all, where a quarter with polls is over.",
}  # fmt: skip
_SHORT = {
    "type": "object",
    "properties": {
        **dict.fromkeys(("release", "wave", "kind", "place", "opened", "closed", "sha256"), _TEXT),
        "published": {"type": "boolean", "description": "Whether enough people answered for any number."},
        "answered": {**_NUMBER, "description": "People, with noise, rounded."},
    },
}


def _refusal(why: str) -> dict[str, Any]:
    error = {"type": "object", "properties": {"error": _TEXT}}
    return {"description": why, "content": {"application/json": {"schema": error}}}


_REFUSALS = {
    "401": _refusal("No token, or one that is wrong, has expired or was revoked."),
    "404": _refusal("There is no such release or file, or it is another place's."),
    "429": _refusal("Asked too often; Retry-After says how many seconds to wait."),
    "503": _refusal("The database does not answer; try again later."),
}


def _get(told: str, schema: dict[str, Any] | None, *parameters: dict[str, Any]) -> dict[str, Any]:
    body = {"application/json": {"schema": schema}} if schema else {"*/*": {}}
    answers = {"200": {"description": told, "content": body}, **_REFUSALS}
    return {"get": {"summary": told, "parameters": list(parameters), "responses": answers}}


DESCRIPTION: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Kith tallies",
        "version": "1",
        "description": "Published counts of a place, read only. Releases are final: each is the same whenever it is "
        "pulled. Every count carries noise and is rounded; README.txt says how. At most 60 questions a minute.",
    },
    "security": [{"token": []}],
    "components": {"securitySchemes": {"token": {"type": "http", "scheme": "bearer"}}},
    "paths": {
        "/tallies": _get(
            "The place's releases",
            {"type": "object", "properties": {"place": _TEXT, "releases": {"type": "array", "items": _SHORT}}},
        ),
        "/tallies/{release}": _get("Everything one release says", _SHORT, _RELEASE),
        "/tallies/{release}/{file}": _get(
            "A file of a release, as kith tallies export writes it", None, _OF_SOME, _FILE
        ),
    },
}
