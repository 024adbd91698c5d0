"""What people do when their telephone shows them something: answer soon, late or never; keep a promise or forget it.

Habits are drawn by name (who, which ask, for which time), so that they are the same whatever rule chooses the neighbours.
The shares are assumptions, said in docs/performance.md; how quickly offers were truly answered is counted.
"""

from collections import Counter
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from bench.year_phones import Shown, act_of
from bench.year_plan import ZONE, Helper, Wanted, dice

if TYPE_CHECKING:
    from bench.year_life import Life

WAKES, SLEEPS = time(7, 30), time(22, 30)
HOUR = timedelta(hours=1)
GIVES_BACK, NO_SHOW = 0.04, 0.06
CALLS_OFF, CHANGES_TIME = 0.05, 0.02
STILL_NEEDED, NO_LONGER = 0.45, 0.25
FORGETS, STOPS, BLOCKS = 0.006, 0.003, 0.003
"""Residents in a year who have themselves erased, write /stop, or block the bot."""


class Habits:
    """Everybody's habits; `sees` is called for all that any telephone shows."""

    def __init__(self, life: "Life") -> None:
        self.life, self.watch, self.phones, self.seed = life, life.watch, life.phones, life.plan.seed
        self.helpers: dict[int, Helper] = {one.number: one for one in life.plan.helpers}
        self.times: Counter[tuple[Any, ...]] = Counter()
        self.truth: dict[tuple[int, int], str] = {}
        """Whether whoever promised an ask came: "came", "not", "gave back"."""
        self.answered: Counter[str] = Counter()

    def dice(self, *name: object) -> Any:
        """Chance with a name."""
        return dice(self.seed, *name)

    def begin(self) -> None:
        """Those who leave the bot some time in the year."""
        plan = self.life.plan
        for who in range(2, len(plan.languages)):
            own = self.dice("leaves", who)
            chance, at = own.random() * 365 / plan.days, plan.begins + own.random() * plan.days * timedelta(days=1)
            if chance < FORGETS:
                self.life.later(at, lambda who=who: self.phones.taps(who, "f:1"))
            elif chance < FORGETS + STOPS:
                self.life.later(at, lambda who=who: self.phones.says(who, "/stop"))
            elif chance < FORGETS + STOPS + BLOCKS:
                self.life.later(at, lambda who=who: self.phones.gone.add(who))

    def figures(self) -> dict[str, Any]:
        """How offers were answered."""
        asked = sum(self.answered.values())
        return {
            "offers": asked,
            "offers_answered_within_the_hour": round(self.answered["soon"] / max(1, asked), 4),
            "offers_never_answered": round(self.answered["never"] / max(1, asked), 4),
            "no_shows": sum(truth == "not" for truth in self.truth.values()),
        }

    # --- asking

    def asked(self, ask: int, wanted: Wanted) -> None:
        """Some call it off before its time, or need it at another."""
        own = self.dice("after asking", wanted.number)
        chance, at = own.random(), self.life.clock.now() + own.expovariate(1 / 20) * HOUR
        if chance < CALLS_OFF:
            self.life.later(at, lambda: self._if_live(ask, wanted.by, f"aa:{ask}:sure"))
        elif chance < CALLS_OFF + CHANGES_TIME:
            self.life.walks(at, lambda: self._change(ask, wanted))

    async def _change(self, ask: int, wanted: Wanted) -> None:
        tomorrow = (self.life.clock.now().astimezone(ZONE).date() + timedelta(days=1)).isoformat()
        answers = {"what": "time", "when": tomorrow, "part": "any"}
        if ask in self.watch.live:
            await self.life.talk(wanted.by, self.phones.taps(wanted.by, f"aa:{ask}:change"), answers)

    def came_again(self, ask: int) -> None:
        """A weekly ask has come by itself: in the end it is needed no more."""
        number = self.watch.number_of[ask]
        wanted = self.watch.wanted[number]
        if len(self.watch.asks_of[number]) > wanted.series:
            self.life.later(self.life.clock.now() + 3 * HOUR, lambda: self._if_live(ask, wanted.by, f"aa:{ask}:sure"))

    def _if_live(self, ask: int, who: int, tap: str) -> Any:
        return self.phones.taps(who, tap) if ask in self.watch.live else None

    # --- seeing

    def sees(self, shown: Shown) -> None:
        """Somebody looks at what their telephone shows."""
        acts = act_of(shown.taps)
        if "av:week" in acts and "av:change" not in acts:
            return self._is_asked_to_pause(shown)
        for what, habit in (
            ("yes", self._is_asked),
            ("not_yet", self._how_it_went),
            ("still", self._whether_still),
            ("thanks", self._is_glad),
            ("give_back", self._has_promised),
            ("talk", self._may_talk),
        ):
            if what in acts and len(acts[what]) == 1:
                return habit(shown, acts[what][0], acts)
        return None

    def _origin(self, ask: int) -> tuple[int, int]:
        """An ask by its planned number, and which of its series: the same whatever its row's number is."""
        number = self.watch.number_of[ask]
        return number, self.watch.asks_of[number].index(ask)

    def _once(self, *what: object) -> int:
        """How often this has happened before."""
        self.times[what] += 1
        return self.times[what] - 1

    def _later(self, own: Any, hours: float, who: int, tap: str, on: Shown) -> datetime:
        """Press a button after so many hours, unless that is in the night."""
        at = self._awake(self.life.clock.now() + hours * HOUR, own)
        self.life.later(at, lambda: self.phones.taps(who, tap, on))
        return at

    def _awake(self, at: datetime, own: Any) -> datetime:
        local = at.astimezone(ZONE)
        if WAKES <= local.time() < SLEEPS:
            return at
        day = local.date() + timedelta(days=local.time() >= SLEEPS)
        return datetime.combine(day, WAKES, ZONE).astimezone(at.tzinfo) + own.random() * HOUR

    # --- helping

    def _is_asked(self, shown: Shown, ask: int, _acts: Any) -> None:
        """A volunteer is asked: 40 % of offers are answered within the hour, 20 % never."""
        if shown.who not in self.helpers or shown.method != "sendMessage":
            return
        helper = self.helpers[shown.who]
        own = self.dice("offer", helper.number, *self._origin(ask), self._once("offer", helper.number, ask))
        if helper.answers == "never" or own.random() < 0.08:
            self.answered["never"] += 1
            return
        soon = helper.answers == "quick" and own.random() < 0.92
        hours = min(own.lognormvariate(-1.4, 0.8), 0.95) if soon else 1 + own.expovariate(1 / 5)
        answer = "yes" if own.random() < 0.25 + 0.5 * helper.willing else "no"
        now = self.life.clock.now()
        at = self._later(own, hours, shown.who, f"ao:{ask}:{answer}", shown)
        self.answered["soon" if at - now <= HOUR else "later"] += 1

    def _is_asked_to_pause(self, shown: Shown) -> None:
        helper = self.helpers.get(shown.who)
        own = self.dice("pause", shown.who, self._once("pause", shown.who))
        if helper is None or helper.answers == "never" or own.random() < 0.3:
            return
        wish = own.choices(("week", "month", "resume"), (4, 2, 4))[0]
        self._later(own, own.expovariate(1 / 6), shown.who, f"av:{wish}", shown)

    def _has_promised(self, shown: Shown, ask: int, _acts: Any) -> None:
        """Whoever has said yes comes as a rule, and some say so afterwards unasked."""
        row = self.watch.live.get(ask)
        if row is None or row["helper"] != shown.who + 1 or (ask, shown.who) in self.truth:
            return
        own = self.dice("promise", shown.who, *self._origin(ask))
        chance, now = own.random(), self.life.clock.now()
        until = max(0.5, (datetime.fromisoformat(row["due_at"] + "+00:00") - now) / HOUR)
        if chance < GIVES_BACK:
            self.truth[ask, shown.who] = "gave back"
            self._later(own, until * own.random(), shown.who, f"aa:{ask}:sure_back", shown)
            return
        self.truth[ask, shown.who] = "not" if chance < GIVES_BACK + NO_SHOW else "came"
        if self.truth[ask, shown.who] == "came" and own.random() < 0.3:
            self._later(own, until * own.uniform(0.5, 1), shown.who, f"aa:{ask}:done", shown)

    def _how_it_went(self, shown: Shown, ask: int, _acts: Any) -> None:
        """Both sides are asked; some say nothing, the first time or ever."""
        row = self.watch.live.get(ask)
        if row is None:
            return
        times = self._once("went", shown.who, ask, row["step"])
        if times:
            return
        helps = row["helper"] == shown.who + 1
        came = self.truth.get((ask, row["helper"] - 1), "came") == "came" if row["helper"] else True
        own = self.dice("went", shown.who, *self._origin(ask), row["step"])
        chance, hours = own.random(), own.lognormvariate(-0.2, 1.2)
        if came:
            how = "done" if chance < 0.7 else "not_yet" if chance < 0.73 else None
        else:
            how = "failed" if chance < (0.3 if helps else 0.75) else None
        if how is not None:
            self._later(own, hours, shown.who, f"aa:{ask}:{how}", shown)

    # --- being helped

    def _whether_still(self, shown: Shown, ask: int, _acts: Any) -> None:
        own = self.dice("still", shown.who, *self._origin(ask), self._once("still", ask))
        chance = own.random() if self.life.clock.now() < self.life.plan.ends else STILL_NEEDED
        tap = "still" if chance < STILL_NEEDED else "sure" if chance < STILL_NEEDED + NO_LONGER else None
        if tap is not None:
            self._later(own, own.lognormvariate(0.3, 1), shown.who, f"aa:{ask}:{tap}", shown)

    def _is_glad(self, shown: Shown, ask: int, _acts: Any) -> None:
        own = self.dice("thanks", *self._origin(ask))
        if not self._once("thanks", ask) and own.random() < 0.6:
            self._later(own, own.random(), shown.who, f"aa:{ask}:thanks", shown)

    def _may_talk(self, shown: Shown, ask: int, acts: Any) -> None:
        """Once there is somebody: some share the place, some write; whoever is written to writes back, once."""
        if ask not in self.watch.number_of or self._once("talk", shown.who, ask):
            return
        own = self.dice("talk", shown.who, *self._origin(ask))
        if "share" in acts and own.random() < 0.6:
            self._later(own, 0.1, shown.who, f"aa:{ask}:share", shown)
        if own.random() < 0.3:
            at = self._later(own, 0.2 + own.random(), shown.who, f"aa:{ask}:talk", shown)
            words = f"Would six do? zq{self.watch.number_of[ask]}t"
            self.life.later(at + timedelta(minutes=1), lambda: self.phones.says(shown.who, words))
