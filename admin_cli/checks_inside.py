"""The doctor's checks of what is in the database."""

from collections.abc import Iterator
from datetime import timedelta

from admin_cli.checks_alerts import helplines, safeguarding, unseen_alerts
from admin_cli.door import Store, now
from admin_cli.finding import Finding

DUE_WITHIN = timedelta(minutes=15)


def inside(store: Store) -> Iterator[Finding]:
    """What the database tells, once it can be read."""
    for check in (
        _keys_fit,
        _people,
        _seals,
        _bot_known,
        _set_aside,
        _ticks,
        _held,
        _sent_on,
        _letters,
        helplines,
        unseen_alerts,
        safeguarding,
    ):
        yield check(store)


def _keys_fit(store: Store) -> Finding:
    from bot.community.keys import Stage, stage
    from bot.store.encrypted import check_keys
    from bot.store.vault import KeysWrong

    try:
        with store.transaction() as session:
            check_keys(session)
            at = stage(session)
    except KeysWrong:
        return Finding("keys", "wrong", "they do not fit this database", "set KITH_KEYS or put the right key file back")
    if at is Stage.TURNING:
        return Finding("keys", "look", "a rotation was cut short", "stop the bot and run 'kith keys rotate' again")
    if at is Stage.TURNED:
        return Finding("keys", "look", "an old key is not needed any more", "kith keys rotate --drop-old")
    return Finding("keys", "ok", "they fit the newest rows")


def _people(store: Store) -> Finding:
    from bot.store.residents import key_names

    with store.transaction() as session:
        needed = key_names(session)
    missing = len(needed - set(store.vault.people.names()))
    if missing:
        cure = f"put {store.vault.people.folder} back before the bot starts: it erases people whose key is gone"
        return Finding("people's keys", "wrong", "some residents have no key of their own", cure)
    return Finding("people's keys", "ok", "all are there")


def _seals(store: Store) -> Finding:
    from bot.store.rounds import open_rounds

    with store.transaction() as session:
        lost = [round_.id for round_ in open_rounds(session) if store.vault.seals.read(str(round_.id)) is None]
    if lost:
        cure = f"put {store.vault.seals.folder} back now; else the bot closes them as they stand"
        return Finding("seals", "wrong", f"open without a seal: {', '.join(map(str, lost))}", cure)
    return Finding("seals", "ok", "every open round has its own")


def _bot_known(store: Store) -> Finding:
    from bot.store.places import bot_username

    with store.transaction() as session:
        name = bot_username(session)
    if name is None:
        return Finding("bot", "look", "its name is not known yet, so there are no links", "start the bot once")
    return Finding("bot", "ok", f"@{name} has spoken from here")


def others_places(store: Store, token: str) -> Finding:
    """Whose places this token's bot leaves alone: right where several bots share a database, a surprise elsewhere."""
    from bot.store.places import served_by_others

    bot_id = token.partition(":")[0]
    with store.transaction() as session:
        others = served_by_others(session, int(bot_id)) if bot_id.isdecimal() else []
    if others:
        told = ", ".join(f"{slug} by @{username}" for slug, username in others)
        cure = "right if that bot runs, too; else kith place bot PLACE --give-up"
        return Finding("places", "look", f"served by another bot than this token's: {told}", cure)
    return Finding("places", "ok", "none is another bot's")


def _set_aside(store: Store) -> Finding:
    from bot.store.inbox import count_set_aside

    with store.transaction() as session:
        count = count_set_aside(session)
    if count:
        return Finding(
            "updates", "look", f"{count} were set aside after three tries", "the log tells the error: report it"
        )
    return Finding("updates", "ok", "none was set aside")


def _ticks(store: Store) -> Finding:
    from bot.store.ticks import last_runs

    with store.transaction() as session:
        failing = [(run.job, run.error) for run in last_runs(session) if run.error is not None]
    if failing:
        told = ", ".join(f"{job} ({error})" for job, error in failing)
        cure = "it is tried again by itself; if it goes on, the log tells where: report it"
        return Finding("ticks", "wrong", f"failed when last run: {told}", cure)
    return Finding("ticks", "ok", "each job's last run went through")


def _held(store: Store) -> Finding:
    from admin_cli.letters import waiting_since
    from bot.store.quarantine import held

    with store.transaction() as session:
        found = held(session)
    parts = [f"{found.letters} letters are held"] if found.letters else []
    parts += [f"{waiting} wait"] if (waiting := waiting_since(found)) else []
    if parts:
        return Finding("quarantine", "look", f"{' and '.join(parts)} since a restore", "kith letters release")
    return Finding("quarantine", "ok", "no letter is held")


def _sent_on(store: Store) -> Finding:
    from bot.store.figures import oldest_due, stuck_letters

    with store.transaction() as session:
        stuck, waits = stuck_letters(session, now()), oldest_due(session, now())
    cure = "start the bot; if it runs, its log says why it does not send"
    if stuck:
        return Finding("sending", "look", f"{stuck} letters lie with a sender that is gone", cure)
    if waits > DUE_WITHIN:
        minutes = waits.total_seconds() / 60
        return Finding("sending", "look", f"a letter has been due for {minutes:.0f} minutes", cure)
    return Finding("sending", "ok", "nothing that is due waits for long")


def _letters(store: Store) -> Finding:
    from bot.store.letters import counts

    with store.transaction() as session:
        known = counts(session)
    worries = [f"{known[state]} {state}" for state in ("unknown", "dead") if known.get(state)]
    if worries:
        cure = "the log tells why; 'unknown' ones may have arrived, so they are not sent again"
        return Finding("letters", "look", ", ".join(worries), cure)
    return Finding("letters", "ok", f"{known.get('queued', 0)} wait, none is lost")
