"""The world's time: the real one, plus whatever somebody has moved it by."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta


class Clock:
    """Tells the time of the made-up world; moving it tells those who asked to know."""

    def __init__(self) -> None:
        self.ahead = timedelta(0)
        self._followers: list[Callable[[datetime], None]] = []

    def now(self) -> datetime:
        """The world's time, always aware and in UTC."""
        return datetime.now(UTC) + self.ahead

    def stamp(self) -> int:
        """The world's time as Telegram writes it: whole seconds since 1970."""
        return int(self.now().timestamp())

    def advance(self, seconds: float) -> None:
        """Let time pass at once; a negative number turns it back."""
        self.ahead += timedelta(seconds=seconds)
        self._tell()

    def move_to(self, moment: datetime) -> None:
        """Make it this moment now."""
        self.ahead = moment.astimezone(UTC) - datetime.now(UTC)
        self._tell()

    def go_with_the_world(self) -> None:
        """Be the real time again."""
        if self.ahead:
            self.ahead = timedelta(0)
            self._tell()

    def on_move(self, callback: Callable[[datetime], None]) -> None:
        """Call back with the new time after every move."""
        self._followers.append(callback)

    def _tell(self) -> None:
        for follower in self._followers:
            follower(self.now())
