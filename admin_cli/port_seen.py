"""A look at the running bot through its web port, with the standard library alone."""

import http.client
import json
import urllib.error
import urllib.request
from typing import Any

TIMEOUT = 15.0
"""Seconds; the bot itself gives a silent database up after ten."""


def see_port(port: int) -> list[str] | None:
    """What the bot says is wrong with it: nothing where it is ready, None where nobody answers."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=TIMEOUT) as answer:
            return _wrongs(json.load(answer))
    except urllib.error.HTTPError as refusal:
        with refusal:
            try:
                return _wrongs(json.load(refusal))
            except ValueError:
                return None
    except (OSError, ValueError, http.client.HTTPException):
        return None


def _wrongs(told: Any) -> list[str] | None:
    found = told.get("wrong") if isinstance(told, dict) else None
    return [str(one) for one in found] if isinstance(found, list) else None
