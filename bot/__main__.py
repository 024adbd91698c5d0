"""python -m bot: settings, assemble, run. With a token against Telegram; `--only updates | work` splits the house."""

import argparse
import sys

from bot.settings import Settings, read_settings


def main() -> None:
    """Run the house until it is told to stop."""
    parser = argparse.ArgumentParser(prog="python -m bot", description="Run Kith against Telegram.")
    parser.add_argument("--only", choices=["updates", "work"], help="only hear updates, or only do the clock's work")
    chosen = parser.parse_args()
    settings = read_settings()
    if settings.bot_token is None:
        sys.stderr.write("KITH_BOT_TOKEN: ask @BotFather for a token and set it; 'make run' without it is a sandbox\n")
        raise SystemExit(2)
    from bot.app import set_up_log, start

    set_up_log(settings.log)
    start(settings, _serve(settings, settings.bot_token.get_secret_value(), chosen.only))


async def _serve(settings: Settings, token: str, only: str | None) -> None:
    from bot.app import assemble, run_until_stopped

    async with assemble(settings, token, settings.api_url) as house:
        await run_until_stopped(house, hear=only != "work", work=only != "updates")


if __name__ == "__main__":
    main()
