"""Who hears what. The order matters: groups first, then what wins over any question, then questions, then the rest."""

from aiogram import Router

from bot.handlers import anything, groups, polls, residents, start, talks


def all_routers() -> list[Router]:
    """Every router, in the order in which updates are offered to them."""
    return [groups.router, start.router, polls.router, residents.router, talks.router, anything.router]
