"""Check-ins: planned, opened, written about, closed. What residents do in them is in checkin_answers.py.

Longer than the guide: a wave's life, from its plan to its release, is read together, as in polls.py.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from bot.community import charts, rounds, texts
from bot.community.checkin_tables import ASSISTED, BREAKDOWNS, counted, declared_groups, plan_of, spread, to_carry
from bot.community.disclosure import publish_tallies
from bot.community.instruments import Question, echo, shipped
from bot.community.letters import FOLLOW_UP, KINDS, Kind, Matter, NotNow, Reading, owe
from bot.community.tally_plan import PlanWrong
from bot.community.tally_release import TallyRelease
from bot.refusals import CheckinInvalid, RoundClosed
from bot.store import checkins as store
from bot.store import drafts, places, polls, residents
from bot.store import rounds as rounds_store
from bot.store.engine import Session
from bot.store.tables import Checkin, CheckinPlan, Place, Round

PURPOSE = "checkins"
CATCH_UP = timedelta(days=3)
"""A wave that fell due while the house was down is asked this late still, once; later it is left out (F23)."""
CARRIED_FOR = timedelta(days=120)
SNOOZE = timedelta(days=7)
SLICE = 500
"""Letters owed in one transaction: more would let others wait."""
ECHO_DAYS = 7
MOST_DAYS = 60
INVITATIONS = (store.INVITATION,)


@dataclass(frozen=True)
class Wish:
    """What shall be asked: of whom, by which declared breakdowns, for how long, and whether change is told."""

    questions: Sequence[Question]
    audience: str
    breakdowns: Sequence[str]
    open_days: int
    compare: bool
    every: str = ""


@dataclass(frozen=True)
class Invitation:
    """A check-in as it is announced."""

    round_id: int
    questions: int
    closes_at: datetime
    timezone: str


def _require(holds: bool, field: str, must: str) -> None:  # noqa: FBT001 - reads as the sentence it is
    if not holds:
        raise CheckinInvalid(field, must)


def check(session: Session, place: Place, wish: Wish) -> None:
    """Raise CheckinInvalid where a check-in cannot be like this."""
    _require(wish.audience in rounds.AUDIENCES, "audience", "steering, everyone or volunteers")
    _require(1 <= wish.open_days <= MOST_DAYS, "open-days", f"1 to {MOST_DAYS}")
    _require(bool(wish.questions), "instrument", "at least one question")
    names = [question.name for question in wish.questions]
    _require(len(set(names)) == len(names), "instrument", "each question once")
    for breakdown in wish.breakdowns:
        _require(breakdown in BREAKDOWNS, "breakdown", "patch, language or age")
    _require(len(set(wish.breakdowns)) == len(wish.breakdowns), "breakdown", "each one once")
    if wish.every:
        next_time(wish.every, place.timezone, datetime.now(UTC))
    shared = spread(wish.questions, wish.breakdowns, compare=wish.compare)
    try:
        plan_of("check", wish.questions, groups_now(session, place, wish.breakdowns), shared.by, compare=shared.compare)
    except PlanWrong as wrong:
        raise CheckinInvalid("instrument", str(wrong)) from None


def groups_now(session: Session, place: Place, breakdowns: Sequence[str]) -> dict[str, list[list[str]]]:
    """The declared breakdowns with the groups that the place has at this moment."""
    patches = [(patch.id, patch.name) for patch in places.patches_of(session, place.id)]
    return declared_groups(breakdowns, patches, place.languages)


def next_time(every: str, timezone: str, after: datetime) -> datetime:
    """When a cron line next fires, in the place's own time. Raises CheckinInvalid.

    Weekdays are written by name: their numbers mean other days here than in cron, where 0 is Sunday.
    """
    from apscheduler.triggers.cron import CronTrigger

    fields = every.split()
    by_name = len(fields) == 5 and not any(letter.isdigit() for letter in fields[4].partition("/")[0])  # noqa: PLR2004
    _require(by_name, "every", 'a cron line of five fields, weekdays by name, such as "0 10 * * sat"')
    try:
        trigger = CronTrigger.from_crontab(every, timezone=ZoneInfo(timezone))
    except ValueError:
        raise CheckinInvalid("every", 'a cron line such as "0 10 1 */3 *"') from None
    fires = trigger.get_next_fire_time(None, after.astimezone(ZoneInfo(timezone)) + timedelta(seconds=1))
    _require(fires is not None, "every", "a time that comes")
    assert fires is not None
    return datetime.fromtimestamp(fires.timestamp(), UTC)


def plan(session: Session, place: Place, wish: Wish, now: datetime) -> CheckinPlan:
    """Plan a check-in that comes again. Raises CheckinInvalid."""
    check(session, place, wish)
    made = CheckinPlan(
        place_id=place.id,
        audience=wish.audience,
        questions=[question.as_facts() for question in wish.questions],
        breakdowns=list(wish.breakdowns),
        compare=spread(wish.questions, wish.breakdowns, compare=wish.compare).compare,
        every=wish.every,
        open_days=wish.open_days,
        next_at=next_time(wish.every, place.timezone, now),
        state="active",
        made_at=now,
    )
    store.add_plan(session, made)
    return made


def end_plan(session: Session, made: CheckinPlan, now: datetime) -> None:
    """No further waves; one that is open closes at its time. What was carried for a next wave is deleted."""
    made.state, made.next_at = "ended", None
    for round_ in store.waves_of(session, made.id):
        if round_.state == "draft":
            rounds_store.delete_answers(session, round_.id)
            polls.set_state(session, round_, "cancelled", now)
    session.flush()


def open_now(session: Session, place: Place, wish: Wish, now: datetime) -> Round:
    """Open a check-in that comes once. Raises CheckinInvalid, also where nobody may be asked."""
    check(session, place, wish)
    round_ = _drafted(session, place.id, wish, None, 1, now)
    _require(open_wave(session, round_, now) > 0, "audience", "somebody who agreed to check-ins: nobody has yet")
    return round_


def _drafted(session: Session, place_id: int, wish: Wish, plan_id: int | None, wave: int, now: datetime) -> Round:
    title = _title(wish.questions)
    round_ = Round(
        place_id=place_id,
        kind="checkin",
        audience=wish.audience,
        secrecy="private",
        state="draft",
        title_id=texts.write(session, place_id, title[0], title[1]),
        closes_at=now + timedelta(days=wish.open_days),
        breakdowns=list(wish.breakdowns),
    )
    facts: dict[str, object] = {
        "plan_id": plan_id,
        "wave": wave,
        "questions": [question.as_facts() for question in wish.questions],
        "groups": {},
        "by": {},
        "compare": wish.compare,
    }
    store.add_checkin(session, round_, facts)
    return round_


def _title(questions: Sequence[Question]) -> tuple[str, dict[str, str]]:
    """How the wave is called, after its first instrument; the language it was named in first."""
    first = questions[0]
    known = shipped().get(first.instrument)
    return (known.official, dict(known.name)) if known else (first.official, {first.official: first.instrument})


def questions_of(kept: Sequence[Mapping[str, object]]) -> list[Question]:
    """The questions that a plan or a wave keeps."""
    return [Question.from_facts(facts) for facts in kept]


def open_wave(session: Session, round_: Round, now: datetime) -> int:
    """Open a drafted wave: groups and roll are fixed, whoever agreed is asked in slices; says how many those are."""
    checkin = _checkin(session, round_.id)
    place = places.place_by_id(session, round_.place_id)
    questions = questions_of(checkin.questions)
    shared = spread(questions, round_.breakdowns, compare=checkin.compare)
    checkin.groups, checkin.by = groups_now(session, place, round_.breakdowns), dict(shared.by)
    people = store.consenting(session, place.id, rounds.AUDIENCES[round_.audience], PURPOSE)
    carries = checkin.carried_until is not None
    if carries:
        drop_strays(session, round_.id)
        rounds_store.clear_roll(session, round_.id)
    rounds.open_to(session, round_, people, now, sealed=carries)
    checkin.invited, checkin.inviting, checkin.carried_until = len(people), 0, None
    session.flush()
    return len(people)


def _checkin(session: Session, round_id: int) -> Checkin:
    found = store.checkin_of(session, round_id)
    assert found is not None, "a check-in has a row of its own"
    return found


# ticks


def open_due_waves(session: Session, now: datetime) -> int:
    """Open the waves whose time has come: one each, however many were missed; says how many opened."""
    opened = 0
    for made in store.due_plans(session, now):
        slot, place = made.next_at, places.place_by_id(session, made.place_id)
        assert slot is not None
        made.next_at = next_time(made.every, place.timezone, now)
        waves = store.waves_of(session, made.id)
        if now - slot > CATCH_UP or any(wave.state == "open" for wave in waves):
            continue
        wish = Wish(questions_of(made.questions), made.audience, made.breakdowns, made.open_days, made.compare)
        drafted = next((wave for wave in waves if wave.state == "draft"), None)
        if drafted is None:
            drafted = _drafted(session, place.id, wish, made.id, len(waves) + 1, now)
        drafted.closes_at = now + timedelta(days=made.open_days)
        opened += open_wave(session, drafted, now) > 0
    return opened


def invite(session: Session, now: datetime) -> int:
    """Owe the next slice of invitations; says how many."""
    owed = 0
    for round_, checkin in store.to_invite(session):
        people = store.on_roll_after(session, round_.id, checkin.inviting or 0, SLICE)
        for person in people:
            owed += owe(
                session,
                round_.place_id,
                store.INVITATION,
                {},
                f"{store.INVITATION}:{round_.id}:{person.id}",
                now,
                resident_id=person.id,
                round_id=round_.id,
            ) is not None  # fmt: skip
        checkin.inviting = people[-1].id if len(people) == SLICE else None
    session.flush()
    return owed


def close_due(session: Session, now: datetime) -> int:
    """Close check-ins whose time is over, and those whose seal is lost, with what is there; says how many."""
    due = {round_.id: round_ for round_ in rounds_store.due_to_close(session, now)}
    for round_ in rounds_store.open_rounds(session):
        if session.vault.seals.read(str(round_.id)) is None:
            due[round_.id] = round_
    ours = [round_ for round_ in due.values() if round_.kind in {"checkin", "echo"}]
    for round_ in ours:
        close(session, round_, now)
    return len(ours)


def sweep_withdrawn(session: Session, _now: datetime) -> int:
    """Delete the answers of people who withdrew from open check-ins; says of how many.

    They count no more from the moment they withdraw (they are off the roll). The answers go in a transaction of their
    own, which writes nothing that names them: the two could be paired otherwise (DESIGN 3, rule 11).
    """
    return sum(drop_strays(session, round_id) for round_id in store.rounds_that_people_left(session))


def withdraw(session: Session, resident_id: int) -> None:
    """Ask a resident nothing more, now and in waves to come; what they answered counts no more."""
    store.take_off_roll(session, resident_id)


def forget_carried(session: Session, now: datetime) -> int:
    """Delete what was carried for a wave that did not come in time; says for how many."""
    late = store.carried_and_late(session, now)
    for checkin in late:
        rounds_store.delete_answers(session, checkin.round_id)
        checkin.carried_until = None
    session.flush()
    return len(late)


# closing


def close(session: Session, round_: Round, now: datetime) -> TallyRelease:
    """Count a wave, release it, carry what was wished, delete the answers and owe the result: in this one transaction.

    The boundary destroys the seal after the commit (`rounds.seals_to_destroy`). Raises RoundClosed.
    """
    rounds_store.hold(session, round_)
    if round_.state != "open":
        raise RoundClosed
    checkin = _checkin(session, round_.id)
    questions, answers = questions_of(checkin.questions), _answers_that_count(session, round_.id)
    by = checkin.by
    declared = plan_of(wave_name(session, round_, checkin), questions, checkin.groups, by, compare=checkin.compare)
    counts = counted(
        declared, questions, checkin.groups, answers,
        checkin.invited or 0, store.count_reached(session, round_.id), compare=checkin.compare,
    )  # fmt: skip
    release = publish_tallies(counts)
    rounds_store.keep_release(session, round_.id, release.as_json(), release.sha256, now)
    if checkin.compare and checkin.plan_id is not None:
        _carry(session, round_, checkin, questions, answers, now)
    rounds_store.delete_answers(session, round_.id)
    polls.set_state(session, round_, "closed", now)
    polls.drop_letters_about(session, round_.id, INVITATIONS)
    checkin.inviting = None
    if round_.kind == "checkin":
        checkin.telling = 0
        if release.is_published:
            open_echo(session, round_, now)
            charts.want(session, round_.id)
    session.flush()
    return release


def _answers_that_count(session: Session, round_id: int) -> dict[bytes, dict[int, int]]:
    """The answers of those on the roll, and assisted ones. Where the seal is lost, all that are there."""
    answers = rounds_store.all_answers(session, round_id)
    strays = _strays(session, round_id, answers)
    return {mark: kept for mark, kept in answers.items() if mark not in strays}


def _strays(session: Session, round_id: int, answers: Mapping[bytes, Mapping[int, int]]) -> set[bytes]:
    """Marks of nobody on the roll: of people who withdrew since."""
    seal = session.vault.seals.read(str(round_id))
    if seal is None:
        return set()
    known = {rounds.mark_of(seal, person) for person in rounds_store.ids_on_roll(session, round_id)}
    return {mark for mark, kept in answers.items() if mark not in known and ASSISTED not in kept}


def drop_strays(session: Session, round_id: int) -> int:
    """Delete the answers of whoever was taken off a roll; says of how many people."""
    strays = _strays(session, round_id, rounds_store.all_answers(session, round_id))
    rounds_store.drop_marks(session, round_id, strays)
    return len(strays)


def wave_name(session: Session, round_: Round, checkin: Checkin) -> str:
    """What a wave is called in releases: its place, its first instrument, and the month it opened."""
    place = places.place_by_id(session, round_.place_id)
    opened = (round_.opened_at or round_.closes_at).astimezone(ZoneInfo(place.timezone))
    return f"{place.slug} {checkin.questions[0]['instrument']} {opened:%Y-%m} no. {round_.id}"


def _carry(
    session: Session, round_: Round, checkin: Checkin, questions: Sequence[Question],
    answers: Mapping[bytes, Mapping[int, int]], now: datetime,
) -> None:  # fmt: skip
    """Keep the published bands of those who wished it under the next wave's seal (facts/disclosure.md 2.4)."""
    made = store.plan_by_id(session, checkin.plan_id or 0)
    seal = session.vault.seals.read(str(round_.id))
    if made is None or made.state != "active" or seal is None:
        return
    wish = Wish(questions_of(made.questions), made.audience, made.breakdowns, made.open_days, made.compare)
    following = _drafted(session, round_.place_id, wish, made.id, checkin.wave + 1, now)
    next_seal = session.vault.seals.make(str(following.id))
    people = rounds_store.ids_on_roll(session, round_.id)
    carrying = _checkin(session, following.id)
    carrying.carried_until, carrying.invited = now + CARRIED_FOR, len(people)
    rounds_store.put_on_roll(session, following.id, people)  # whoever withdraws before it opens is taken off
    rows = []
    for person in people:
        kept = answers.get(rounds.mark_of(seal, person), {})
        mark = rounds.mark_of(next_seal, person)
        rows += [
            {"round_id": following.id, "mark": mark, "question": question, "value": band}
            for question, band in to_carry(questions, kept)
        ]
    store.keep_carried(session, rows)


def open_echo(session: Session, about: Round, now: datetime) -> Round:
    """Open the tiny round that asks everybody who was invited whether the result rings true."""
    title = _title([echo()])
    round_ = Round(
        place_id=about.place_id,
        kind="echo",
        audience=about.audience,
        secrecy="private",
        state="draft",
        title_id=texts.write(session, about.place_id, title[0], title[1]),
        closes_at=now + timedelta(days=ECHO_DAYS + places.place_by_id(session, about.place_id).steering_first_days),
        breakdowns=[],
    )
    facts = {"echo_of": about.id, "wave": 1, "questions": [echo().as_facts()], "groups": {}, "by": {}, "compare": False}
    store.add_checkin(session, round_, facts)
    people = rounds_store.ids_on_roll(session, about.id)
    rounds.open_to(session, round_, people, now)
    _checkin(session, round_.id).invited = len(people)
    session.flush()
    return round_


def cancel(session: Session, round_: Round, now: datetime) -> None:
    """Call a check-in off: its answers are deleted uncounted."""
    rounds_store.hold(session, round_)
    if round_.state not in {"draft", "open"}:
        raise RoundClosed
    rounds_store.delete_answers(session, round_.id)
    polls.set_state(session, round_, "cancelled", now)
    polls.drop_letters_about(session, round_.id, INVITATIONS)


# the invitation


def _invitation(session: Session, reading: Reading) -> Matter | None:
    """The invitation as it stands; none where the round has closed, the consent is gone, or it is answered already."""
    assert reading.round_id is not None
    facts = store.checkin_for(session, reading.round_id, reading.resident_id)
    if facts is None or facts.state != "open" or facts.on_roll is None:
        return None
    if not agreed(session, facts.on_roll) or rounds.has_answered(session, facts.id, facts.on_roll):
        return None
    if drafts.is_talking(session, facts.on_roll):
        raise NotNow  # it never cuts into a conversation
    return Matter(Invitation(facts.id, len(facts.questions), facts.closes_at, facts.timezone))


def announced(session: Session, round_: Round) -> Invitation | None:
    """An open check-in as it is announced; None for a poll."""
    facts = store.checkin_for(session, round_.id, None) if round_.kind == "checkin" else None
    return None if facts is None else Invitation(facts.id, len(facts.questions), facts.closes_at, facts.timezone)


def traits(session: Session, resident_id: int) -> dict[str, str]:
    """What the declared breakdowns may know of a resident: patch, language and age band, as they stand now."""
    resident = residents.resident_by_id(session, resident_id)
    assert resident is not None
    return {
        "patch": str(resident.patch_id) if resident.patch_id is not None else "",
        "language": resident.language,
        "age": resident.age_band or "",
    }


def agreed(session: Session, resident_id: int) -> bool:
    """Whether a resident agrees to check-ins now."""
    return any(
        consent.purpose == PURPOSE and consent.withdrawn_at is None
        for consent in residents.consents_of(session, resident_id)
    )


KINDS[store.INVITATION] = Kind(FOLLOW_UP, timedelta(days=14), _invitation, at_most_once=True, unasked=True)
