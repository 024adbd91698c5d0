"""Who hears what. The order matters: what is not theirs, votes, groups, what wins, the rest."""

from aiogram import Router

from bot.handlers import (
    aid,
    aid_board,
    anything,
    assisting,
    broadcasts,
    checkins,
    concerns,
    groups,
    polls,
    residents,
    start,
    talks,
    volunteers,
    wordings,
)

ON_THE_ROAD = (aid, aid_board, assisting, broadcasts, checkins, concerns, polls, residents, talks, volunteers, wordings)
"""Whose taps are heard: importing them puts them on the road of taps (handlers/road.py)."""


def all_routers() -> list[Router]:
    """Every router, in the order in which all but taps is offered to them."""
    return [
        anything.first,
        polls.router,
        groups.router,
        start.router,
        residents.router,
        aid.router,
        aid_board.router,
        broadcasts.router,
        concerns.router,
        anything.router,
    ]
