"""/metrics: what was counted, worded for Prometheus. The library comes in with the first question (docs/decisions.md)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from sqlalchemy.exc import SQLAlchemyError

from bot import metrics
from bot.metrics import Spread, counted
from bot.store import figures, stamps
from bot.store.figures import Figures
from bot.web.health import Watched

if TYPE_CHECKING:
    from prometheus_client.core import Metric

MANY, STEP = 20, 5
"""People who cannot be reached are counted from 20 on, in fives: below, a change would tell of somebody (DESIGN 8)."""


async def metrics_page(watched: Watched) -> tuple[bytes, str]:
    """The page and its content type. A database that does not answer is said, and the rest is told all the same."""
    from prometheus_client import CollectorRegistry, ProcessCollector
    from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

    now = watched.clock.now()
    found: Figures | None
    try:
        found = await watched.reader.read(lambda session: figures.figures(session, now))
    except (SQLAlchemyError, TimeoutError):
        found = None
    registry = CollectorRegistry(auto_describe=False)
    ProcessCollector(registry=registry)
    registry.register(_Page([*_of_the_process(watched), *_of_the_database(found), *_of_the_backup(watched, now)]))
    return generate_latest(registry), CONTENT_TYPE_LATEST


class _Page:
    """What Prometheus's registry asks for its metrics."""

    def __init__(self, families: Iterable["Metric"]) -> None:
        self.families = list(families)

    def collect(self) -> Iterable["Metric"]:
        return self.families


def _of_the_process(watched: Watched) -> Iterator["Metric"]:
    yield _counter(metrics.UPDATES, "Updates taken, by type and what became of them", "type", "result")
    yield _counter(metrics.REFUSALS, "What people were refused, by situation", "kind")
    yield _counter(metrics.SENDS, "Letters handed to Telegram, by what it made of them", "fate")
    yield _counter(metrics.TICKS, "Ticks of this process, by job and result", "job", "result")
    yield _histogram("kith_update_lag_seconds", "How long messages waited before they were applied", metrics.lags)
    yield _histogram("kith_database_commit_seconds", "How long changes took, commit included", metrics.commits)
    yield _gauge("kith_database_trouble", "1 while the database takes nothing", watched.writer.trouble is not None)
    yield _gauge("kith_database_held_seconds", "How long the change under way has taken", watched.writer.stuck())


def _of_the_database(found: Figures | None) -> Iterator["Metric"]:
    yield _gauge("kith_database_up", "Whether the database answers", found is not None)
    if found is None:
        return
    yield _labelled("kith_letters", "Letters by state and kind", ("state", "kind"), found.letters)
    yield _gauge(
        "kith_letters_oldest_due_seconds", "How long the oldest due letter waits", found.oldest_due.total_seconds()
    )
    yield _gauge("kith_gates_held", "Chats that are left alone because Telegram asked for it", found.gates_held)
    yield _gauge(
        "kith_senders_paused_seconds", "For how long a bot sends nothing", found.senders_paused.total_seconds()
    )
    yield _gauge("kith_senders_slow", "Bots whose pace is lowered for a while", found.senders_slow)
    # Its age alone, and no place: how many there are would tell of somebody.
    waits = found.oldest_alert.total_seconds()
    yield _gauge("kith_alert_oldest_unseen_seconds", "How long somebody waits to be seen; 0 where nobody does", waits)
    failing = {(run.job,): float(run.error is not None) for run in found.last_runs}
    yield _labelled("kith_tick_failing", "1 where a job's newest tick failed", ("job",), failing)
    went_well = {(run.job,): run.went_well.timestamp() for run in found.last_runs if run.went_well is not None}
    yield _labelled("kith_tick_last_success_timestamp_seconds", "When a job last went through", ("job",), went_well)
    if found.unreachable >= MANY:
        rounded = found.unreachable // STEP * STEP
        yield _gauge("kith_unreachable_residents", "People who cannot be reached, in fives, from 20 on", rounded)


def _of_the_backup(watched: Watched, now: datetime) -> Iterator["Metric"]:
    stamp = stamps.last_backup(watched.data)
    if stamp is not None:
        yield _gauge("kith_backup_age_seconds", "Age of the last backup", (now - stamp.made_at).total_seconds())


def _counter(what: str, told: str, *labels: str) -> "Metric":
    from prometheus_client.core import CounterMetricFamily

    family = CounterMetricFamily(f"kith_{what}", told, labels=labels)
    for (kind, *values), count in list(counted.items()):
        if kind == what:
            family.add_metric(values, count)
    return family


def _histogram(name: str, told: str, spread: Spread) -> "Metric":
    from prometheus_client.core import HistogramMetricFamily

    family, so_far, buckets = HistogramMetricFamily(name, told), 0, []
    for bound, count in zip((*map(str, spread.bounds), "+Inf"), spread.counts, strict=True):
        so_far += count
        buckets.append((bound, float(so_far)))
    family.add_metric([], buckets, spread.sum)
    return family


def _gauge(name: str, told: str, value: float) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    return GaugeMetricFamily(name, told, value=float(value))


def _labelled(name: str, told: str, labels: Sequence[str], values: Mapping[Any, float]) -> "Metric":
    from prometheus_client.core import GaugeMetricFamily

    family = GaugeMetricFamily(name, told, labels=labels)
    for label, value in values.items():
        family.add_metric(list(label), value)
    return family
