"""A process that looks ten times whether a quarter is over, as fast as it can. Run by the tests."""

import sys
from datetime import datetime
from pathlib import Path

from bot.community import quarters
from bot.store.engine import open_engine, transaction
from bot.store.vault import open_vault


def main(database, folder, moment):
    engine, vault = open_engine(database), open_vault(Path(folder), None)[0]
    sys.stdin.readline()
    closed = 0
    for _ in range(10):
        with transaction(engine, vault) as session:
            closed += quarters.close_due(session, datetime.fromisoformat(moment))
    sys.stdout.write(f"{closed}\n")


if __name__ == "__main__":
    main(*sys.argv[1:])
