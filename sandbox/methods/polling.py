"""How a bot gets its updates: asking for them, or having them brought; and what it is called."""

import asyncio
import ipaddress
import time
from urllib.parse import urlsplit

from sandbox.call import Call, method
from sandbox.refusals import Json, bad_request, conflict
from sandbox.render import me_json, update_json
from sandbox.updates import confirm, drop_expired
from sandbox.world import ONLY_ONE_POLLER, Bot, Update, Webhook

LONGEST_POLL = 50
MOST_UPDATES = 100
SECRET_LIMIT = 256


@method("getMe")
def get_me(call: Call) -> Json:
    """The bot itself."""
    return me_json(call.bot)


@method("close")
@method("logOut")
def close(_call: Call) -> bool:
    """Nothing to leave here."""
    return True


@method("getUpdates")
async def get_updates(call: Call) -> list[Json]:
    """Wait for updates. A second poller ends the first one's waiting, as at Telegram."""
    bot = call.bot
    if bot.webhook:
        raise conflict(
            "can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first"
        )
    keep_wishes(call)
    if call.number("offset") > 0:
        confirm(bot, call.number("offset"))
    elif call.number("offset") < 0:
        keep_last(bot, -call.number("offset"))
    bot.poller_ended = ONLY_ONE_POLLER
    bot.poller = call
    bot.stirred.set()
    try:
        return [update_json(update) for update in await wait_for_updates(call)]
    finally:
        bot.last_polled = time.monotonic()
        if bot.poller is call:
            bot.poller = None


async def wait_for_updates(call: Call) -> list[Update]:
    """The oldest updates, as soon as there are any or the time is up."""
    bot, loop = call.bot, asyncio.get_running_loop()
    limit = min(max(call.number("limit", MOST_UPDATES), 1), MOST_UPDATES)
    until = loop.time() + min(max(call.number("timeout"), 0), LONGEST_POLL)
    while True:
        bot.stirred.clear()
        drop_expired(call.world, bot)
        if bot.waiting or loop.time() >= until:
            return list(bot.waiting)[:limit]
        await until_stirred(bot, until - loop.time())
        if bot.poller is not call and bot.poller_ended:
            raise conflict(bot.poller_ended)
        if bot.poller is not call:
            return []


async def until_stirred(bot: Bot, seconds: float) -> None:
    """Wait until something happens, but no longer than this."""
    try:
        async with asyncio.timeout(seconds):
            await bot.stirred.wait()
    except TimeoutError:
        pass


def keep_wishes(call: Call) -> None:
    """Which kinds of updates the bot wants from now on; not saying so changes nothing."""
    wishes = call.json("allowed_updates")
    if wishes is None:
        return
    if not isinstance(wishes, list):
        raise bad_request("can't parse allowed updates JSON object")
    call.bot.allowed_updates = [str(wish) for wish in wishes]


def keep_last(bot: Bot, count: int) -> None:
    """A negative offset forgets all but the last ones."""
    kept = list(bot.waiting)[-count:]
    bot.waiting.clear()
    bot.waiting.extend(kept)


@method("setWebhook")
def set_webhook(call: Call) -> bool:
    """Have updates brought. The sandbox also takes http and any port: what it brings stays on this machine."""
    url = call.text("url")
    if not url:
        return forget_webhook(call)
    secret = call.text("secret_token")
    refuse_bad_webhook(url, secret)
    keep_wishes(call)
    if call.flag("drop_pending_updates"):
        call.bot.waiting.clear()
    call.bot.webhook = Webhook(url, secret or None, min(max(call.number("max_connections", 40), 1), 100))
    end_poll(call.bot, "terminated by setWebhook request")
    call.world.changed("webhook", bot=call.bot.id)
    return True


def refuse_bad_webhook(url: str, secret: str) -> None:
    """An address on this machine, and a secret of the characters Telegram allows."""
    parts = urlsplit(url)
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise bad_request("bad webhook: invalid webhook URL specified")
    if not is_loopback(parts.hostname):
        raise bad_request("bad webhook: the sandbox brings updates to this machine only (127.0.0.1, localhost)")
    if len(secret) > SECRET_LIMIT or not all(c.isascii() and (c.isalnum() or c in "_-") for c in secret):
        raise bad_request("secret token contains unallowed characters")


def is_loopback(host: str) -> bool:
    """Whether a name or address means this machine."""
    if host.lower() == "localhost" or host.lower().endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


@method("deleteWebhook")
def delete_webhook(call: Call) -> bool:
    """No more bringing."""
    return forget_webhook(call)


def forget_webhook(call: Call) -> bool:
    """An empty address in setWebhook means the same."""
    if call.flag("drop_pending_updates"):
        call.bot.waiting.clear()
    call.bot.webhook = None
    call.world.changed("webhook", bot=call.bot.id)
    return True


def end_poll(bot: Bot, words: str) -> None:
    """Send a waiting poller away: with a refusal, or, without words, with nothing."""
    bot.poller_ended = words
    bot.poller = None
    bot.stirred.set()


@method("getWebhookInfo")
def get_webhook_info(call: Call) -> Json:
    """How the bringing goes."""
    bot = call.bot
    drop_expired(call.world, bot)
    info: Json = {"url": "", "has_custom_certificate": False, "pending_update_count": len(bot.waiting)}
    if bot.allowed_updates:
        info["allowed_updates"] = bot.allowed_updates
    if not bot.webhook:
        return info
    info |= {"url": bot.webhook.url, "max_connections": bot.webhook.max_connections}
    info["ip_address"] = bot.webhook.ip_address
    if bot.webhook.last_error:
        info |= {"last_error_date": bot.webhook.last_error_at, "last_error_message": bot.webhook.last_error}
    return info
