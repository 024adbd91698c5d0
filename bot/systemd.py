"""A word to systemd, where it started us (sd_notify(3)): ready, alive, stopping. A few lines instead of a library."""

import asyncio
import os
import socket


def tell(state: str) -> None:
    """Send a state, such as READY=1; nothing where nobody listens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        # An address that begins with @ lies in Linux's abstract namespace.
        line.sendto(state.encode(), f"\0{address[1:]}" if address.startswith("@") else address)


async def keep_alive() -> None:
    """Say that we are alive, twice as often as systemd wants to hear it; it restarts a house that says nothing."""
    wanted = int(os.environ.get("WATCHDOG_USEC", "0")) / 1_000_000
    while wanted:
        tell("WATCHDOG=1")
        await asyncio.sleep(wanted / 2)
