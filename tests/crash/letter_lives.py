"""Houses that send letters, each a process: `python -m tests.crash.letter_lives URL TOKEN FOLDER DATABASE`.

It imports everything once, then forks a house for each line it reads, a pace in seconds between letters, and answers with
its process's number. A house hears nothing, so that what it does is sending alone.
"""

import asyncio
import os
import signal
import sys
from pathlib import Path

from bot.app import assemble, run
from bot.delivery.pace import Pace
from bot.screens import language
from bot.settings import Settings


async def house(url, token, folder, database, gap):
    settings = Settings(_env_file=None, data=Path(folder), database_url=database)
    async with assemble(settings, token, url) as made:
        made.delivery.pace = Pace(gap, 0, 0)
        await run(made, hear=False)


def one_life(gap):
    child = os.fork()
    if child:
        return child
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)
    try:
        asyncio.run(house(*sys.argv[1:5], gap))
    finally:
        os._exit(0)


def main():
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # whoever was killed is gone at once, and seen to be
    language.load(list(language.LANGUAGES))
    for line in sys.stdin:
        print(one_life(float(line)), flush=True)


if __name__ == "__main__":
    main()
