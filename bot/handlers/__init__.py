"""Who hears what. The order matters: what is not theirs, votes (the most there are), groups, what wins, the rest."""

from aiogram import Router

from bot.handlers import anything, broadcasts, groups, polls, residents, start, talks


def all_routers() -> list[Router]:
    """Every router, in the order in which updates are offered to them."""
    return [
        anything.first,
        polls.router,
        groups.router,
        start.router,
        broadcasts.router,
        residents.router,
        talks.router,
        anything.router,
    ]
