"""How Telegram says no, and how the control API does."""

from typing import Any

Json = dict[str, Any]


class Refused(Exception):
    """Telegram refuses a call: code, description and, at times, parameters."""

    def __init__(self, code: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.code = code
        self.description = description
        self.parameters = parameters

    def body(self) -> Json:
        """The answer as it goes over the wire."""
        body: Json = {"ok": False, "error_code": self.code, "description": self.description}
        return body | ({"parameters": self.parameters} if self.parameters else {})


class Misdirected(ValueError):
    """Somebody asked the sandbox for what cannot be done; nothing has happened."""


def bad_request(words: str, **parameters: int) -> Refused:
    """400, the refusal of nearly everything."""
    return Refused(400, f"Bad Request: {words}", **parameters)


def forbidden(words: str) -> Refused:
    """403: whoever is on the other side does not want the bot."""
    return Refused(403, f"Forbidden: {words}")


def conflict(words: str) -> Refused:
    """409: two ways of fetching updates at once."""
    return Refused(409, f"Conflict: {words}")


def too_many(seconds: int) -> Refused:
    """429: come back later."""
    return Refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)
