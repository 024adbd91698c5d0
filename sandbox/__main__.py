"""`python -m sandbox`: a Telegram on this machine, alone (--bare), as a load target (--canned), or with Millbrook."""

import argparse
import asyncio
import errno
import os
import signal
import sys

DEFAULT_PORT = 8081


def main() -> None:
    """Read the command line and run until told to stop."""
    asked = arguments()
    try:
        serve(asked)
    except KeyboardInterrupt:
        sys.exit(0)  # stopped while it was still starting
    except OSError as failed:
        if failed.errno != errno.EADDRINUSE:
            raise
        sys.stderr.write(f"port {asked.port} is taken: stop what uses it, or set KITH_SANDBOX_PORT to another\n")
        sys.exit(2)


def serve(asked: argparse.Namespace) -> None:
    """Run what was asked for."""
    if asked.canned or asked.bare:
        asyncio.run(run_until_stopped(asked))
    else:
        from sandbox.millbrook import run

        run(port=asked.port, keep=asked.keep)


def arguments() -> argparse.Namespace:
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m sandbox", description="A Telegram on your own machine.")
    parser.add_argument("--port", type=int, default=int(os.environ.get("KITH_SANDBOX_PORT") or DEFAULT_PORT))
    parser.add_argument("--keep", metavar="FILE", help="keep the world in this file from run to run")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--bare", action="store_true", help="an empty Telegram for any bot with any token")
    kind.add_argument("--canned", action="store_true", help="a load target: canned answers, as fast as can be")
    return parser.parse_args()


async def run_until_stopped(asked: argparse.Namespace) -> None:
    """Serve until Ctrl-C or SIGTERM."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    if asked.canned:
        from sandbox.canned import run_canned

        await run_canned(asked.port, stop)
    else:
        await run_bare(asked.port, asked.keep, stop)


async def run_bare(port: int, keep: str | None, stop: asyncio.Event) -> None:
    """An empty Telegram."""
    from sandbox.server import Sandbox

    async with Sandbox(port, keep=keep) as box:
        print(f"The sandbox is at {box.url}; point a bot's API base there, with any token.", flush=True)  # noqa: T201
        await stop.wait()


if __name__ == "__main__":
    main()
