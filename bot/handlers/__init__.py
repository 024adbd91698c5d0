"""Who hears what. The order matters: votes (the most there are), groups, what wins over any question, the rest."""

from aiogram import Router

from bot.handlers import anything, groups, polls, residents, start, talks


def all_routers() -> list[Router]:
    """Every router, in the order in which updates are offered to them."""
    return [polls.router, groups.router, start.router, residents.router, talks.router, anything.router]
