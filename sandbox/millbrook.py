"""Millbrook: the made-up neighbourhood that `make run` shows, with the real bot answering in the same process.

Its people come in through the front doors: the place and the polls are made by `kith`, everybody joins and votes by
pressing the buttons that the bot shows them. So what a newcomer sees was really done, not painted.

A third of it is what Millbrook votes on, in seven languages.
"""

import asyncio
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from zoneinfo import ZoneInfo

from bot.app import Clock, House, Settings, assemble, read_settings, run_until_stopped, set_up_log, start
from sandbox import announced, crowd
from sandbox.deeds import kith, opens, presses
from sandbox.server import Sandbox
from sandbox.world import Person

SLUG = "millbrook"
CLOCK = "sandbox.clock"
"""In the data folder: by how many seconds the sandbox is ahead. `kith` reads it (admin_cli/door.py)."""
ZONE = "Europe/London"
PATCHES = ("Mill Road", "Station", "Hilltop", "Riverside", "Old Market")
STEERING = (
    ("George", "en"), ("Amina", "ur"), ("Janek", "pl"), ("Hodan", "so"), ("Carys", "cy"),
    ("Elena", "ro"), ("Yusuf", "ar"), ("Margaret", "en"), ("Bilal", "ur"),
)  # fmt: skip
OTHERS = (
    ("Zofia", "pl"), ("Marek", "pl"), ("Nasreen", "ur"), ("Tariq", "ur"), ("Layla", "ar"), ("Omar", "ar"),
    ("Ioana", "ro"), ("Andrei", "ro"), ("Gwen", "cy"), ("Rhys", "cy"), ("Fadumo", "so"), ("Abdi", "so"),
    ("Dorothy", "en"), ("Winston", "en"), ("Sheila", "en"),
)  # fmt: skip
LEADS = (("safeguarding", 1), ("second_lead", 1))
"""Who receives concerns: the last two of the others, Winston and Sheila, who do not run anything."""
HELPLINES = (("999", "Emergency"), ("116 123", "Samaritans"))
DECENT = range(9, 20)
HAVE_TIME = 5
"""So many of the steering group have not voted yet: whoever takes their phones has something to do."""
MOVING_IN = "Millbrook’s people are moving in. This takes up to a minute."
INTERRUPTED = "Millbrook was stopped while its people moved in. To begin afresh: stop, remove the data folder, run."

CLOSED_POLL = """
place = "millbrook"
audience = "steering"
method = "approve"
secrecy = "private"
closes = "{closes}"
quorum = 4
[title]
en = "What should we do first?"
pl = "Od czego zaczniemy?"
ur = "پہلے کیا کریں؟"
cy = "Beth ddylen ni ei wneud gyntaf?"
ro = "Cu ce începem?"
ar = "بماذا نبدأ؟"
so = "Maxaan ku bilownaa?"
[[options]]
en = "A safer crossing on Mill Road"
pl = "Bezpieczniejsze przejście na Mill Road"
ur = "مل روڈ پر محفوظ کراسنگ"
cy = "Croesfan fwy diogel ar Mill Road"
ro = "O trecere mai sigură pe Mill Road"
ar = "معبر أكثر أماناً في شارع ميل"
so = "Meel laga gudbo oo ammaan ah oo Mill Road ah"
[[options]]
en = "A community garden"
pl = "Ogród społeczny"
ur = "ایک مشترکہ باغ"
cy = "Gardd gymunedol"
ro = "O grădină comunitară"
ar = "حديقة للحي"
so = "Beer bulsho"
[[options]]
en = "Benches by the river"
pl = "Ławki nad rzeką"
ur = "دریا کے کنارے بینچ"
cy = "Meinciau wrth yr afon"
ro = "Bănci lângă râu"
ar = "مقاعد عند النهر"
so = "Kuraasi webiga agtiisa"
"""
OPEN_POLL = """
place = "millbrook"
audience = "steering"
method = "yesno"
secrecy = "private"
closes = "{closes}"
[title]
en = "Shall we open the hall on Friday evenings?"
pl = "Czy otwieramy świetlicę w piątki wieczorem?"
ur = "کیا ہم جمعے کی شام کو ہال کھولیں؟"
cy = "A ddylen ni agor y neuadd ar nos Wener?"
ro = "Deschidem sala vinerea seara?"
ar = "هل نفتح القاعة مساء يوم الجمعة؟"
so = "Hoolka ma furnaa fiidka Jimcaha?"
"""


def run(port: int, keep: str | None) -> None:
    """Serve Millbrook until stopped; a reason not to start is said in one line, exit code 2."""
    settings = read_settings()
    set_up_log(settings.log)
    world = Path(keep) if keep else settings.data / "sandbox.json"
    start(settings, _serve(settings, port, world, kept=world.exists()))


async def _serve(settings: Settings, port: int, keep: Path, *, kept: bool) -> None:
    async with Sandbox(port, keep=str(keep)) as box:
        token = box.token
        box.world.zone = ZONE
        box.world.under_way = None if kept else MOVING_IN
        clock = Clock()
        async with assemble(settings, token, box.url, clock) as house:
            _follow(box, house, settings.data / CLOCK)
            box.after_reset.append(lambda: _come_back(box))
            print(f"\n  Millbrook is at {box.url}  (Ctrl-C stops it)\n", flush=True)  # noqa: T201
            seeding = asyncio.create_task(_live(box, settings, kept=kept))
            await run_until_stopped(house)
            seeding.cancel()
            await asyncio.gather(seeding, return_exceptions=True)


def _follow(box: Sandbox, house: House, file: Path) -> None:
    """The bot's clock is the sandbox's, and so is that of `kith`; when it is moved, what is due happens at once."""
    looks: set[asyncio.Task[None]] = set()

    def tell() -> None:
        house.clock.offset = box.clock.ahead
        file.write_text(f"{box.clock.ahead.total_seconds()}\n", encoding="ascii")

    def moved(_now: datetime) -> None:
        tell()
        task = asyncio.get_running_loop().create_task(house.look())
        looks.add(task)
        task.add_done_callback(looks.discard)

    tell()
    box.clock.on_move(moved)


async def _live(box: Sandbox, settings: Settings, *, kept: bool) -> None:
    """Its people, and then the rest of Millbrook, by themselves."""
    await _people_it(box, settings.data / "millbrook.begun", kept=kept)
    rest = crowd.Crowd(box, settings.sandbox_crowd, SLUG)
    await rest.join()
    if '"checkins": []' in await kith("checkin", "list", "--place", SLUG, "--json"):
        await kith(
            "checkin", "open", "--place", SLUG, "--instrument", "ons4", "--breakdown", "patch", "--open-days", "5"
        )
    await rest.live()


async def _people_it(box: Sandbox, begun: Path, *, kept: bool) -> None:
    """Found Millbrook, unless this install knows it already."""
    try:
        if begun.exists():
            _tell(box, INTERRUPTED)
            return
        if not await _known():
            begun.touch()
            _tell(box, MOVING_IN)
            await _found(box)
            begun.unlink()
        elif not kept:
            await _come_back(box)
        _tell(box, None)
    except Exception as error:
        _tell(box, f"Millbrook could not be peopled ({error}). The page works all the same.")
        raise


def _tell(box: Sandbox, words: str | None) -> None:
    """Say on the page, and to whoever started it, how things stand; None: all is well."""
    box.world.under_way = words
    box.world.changed("people")
    if words:
        print(words, file=sys.stderr, flush=True)  # noqa: T201


async def _known() -> bool:
    listed = json.loads(await kith("place", "list", "--json"))
    return any(place.get("slug") == SLUG for place in listed)


async def _come_back(box: Sandbox) -> None:
    """After a reset, or when the chats were lost: the bot knows everybody, and they open their chats anew."""
    box.limits.enabled = False
    _begin_by_day(box)
    people = _move_in(box)
    for person in people:
        await opens(box, person, f"https://t.me/{box.bot.username}?start=menu")
    _meet(box, people[: len(STEERING)])
    box.limits.enabled = True


def _meet(box: Sandbox, steering: list[Person]) -> None:
    """The steering group's chat, linked to the place by its coordinator."""
    chat = box.group("Millbrook steering group", steering, admins=steering[:1])
    box.add_bot(chat, by=steering[0])
    box.say(steering[0], "/here", chat)


def _move_in(box: Sandbox) -> list[Person]:
    """Everybody, always with the same Telegram ids: a lost world file loses chats, not people."""
    return [box.person(name, language) for name, language in (*STEERING, *OTHERS)]


async def _found(box: Sandbox) -> None:
    """Make the place, let everybody join, tell them something, and hold two votes."""
    box.limits.enabled = False  # for the time of one neighbourhood's life in a few seconds
    _begin_by_day(box)
    languages = [part for tag in ("en", "cy", "pl", "ro", "ar", "ur", "so", "uk", "bn", "pa", "pt", "es")
                 for part in ("--language", tag)]  # fmt: skip
    await kith(
        "place", "add", SLUG, "--name", "Millbrook", "--run-by", "Millbrook Community Trust",
        "--contact", "George, hall office, 01632 960123", "--timezone", ZONE, *languages,
    )  # fmt: skip
    await kith("patch", "add", "--place", SLUG, *PATCHES)
    for number, name in HELPLINES:
        await kith("place", "helpline", "add", SLUG, number, "--name", name, *languages)
    people = _move_in(box)
    steering, others = people[: len(STEERING)], people[len(STEERING) :]
    joining = asyncio.gather(*(_join(box, person, None, n) for n, person in enumerate(others)))
    invited = [_invite(box, role, uses) for role, uses in (("steering", len(STEERING)), ("coordinator", 1), *LEADS)]
    to_steer, to_coordinate, *to_look_after = await asyncio.gather(*invited)
    await asyncio.gather(joining, *(_join(box, person, to_steer, n) for n, person in enumerate(steering)))
    await opens(box, steering[0], to_coordinate)
    for lead, link in zip(others[-2:], to_look_after, strict=True):
        await opens(box, lead, link)
    await announced.live_it(box, SLUG, people)
    _meet(box, steering)
    await asyncio.sleep(0.5)
    await _hold_votes(box, steering)
    box.limits.enabled = True


async def _invite(box: Sandbox, role: str, uses: int) -> str:
    made = await kith("invite", role, "--place", SLUG, "--uses", str(uses), "--bot", box.bot.username, "--json")
    return str(json.loads(made)["link"])


def _begin_by_day(box: Sandbox) -> None:
    """At night the bot keeps quiet; a first look should not."""
    local = box.clock.now().astimezone(ZoneInfo(ZONE))
    if local.hour not in DECENT:
        morning = (local + timedelta(hours=12)).replace(hour=10, minute=0)
        box.clock.move_to(morning.astimezone(UTC))


async def _hold_votes(box: Sandbox, steering: list[Person]) -> None:
    first = await _poll(box, CLOSED_POLL, days=3)
    for n, person in enumerate(steering):
        await _vote(box, person, first, ["1"] if n % 3 else ["1", "2" if n % 2 else "3"])
    await kith("poll", "close", str(first), "--yes")
    second = await _poll(box, OPEN_POLL, days=4)
    for person in steering[HAVE_TIME:]:
        await _vote(box, person, second, ["1"])
    for person in steering[:HAVE_TIME]:
        await opens(box, person, f"https://t.me/{box.bot.username}?start=menu")


async def _poll(box: Sandbox, text: str, days: int) -> int:
    closes = (box.clock.now() + timedelta(days=days)).astimezone(ZoneInfo(ZONE))
    with TemporaryDirectory() as folder:
        file = Path(folder) / "poll.toml"
        file.write_text(text.format(closes=closes.strftime("%Y-%m-%dT18:00")), encoding="utf-8")
        said = await kith("poll", "new", "--file", str(file), "--open")
    return int(said.partition("\nPoll ")[2].split()[0])


async def _vote(box: Sandbox, person: Person, poll: int, options: list[str]) -> None:
    await opens(box, person, f"https://t.me/{box.bot.username}?start=p{poll}")
    for option in options:
        await presses(box, person, f"v:{poll}:{option}:0")


async def _join(box: Sandbox, person: Person, link: str | None, n: int) -> None:
    """Walk through joining: the person's language, yes to everything, one of the patches."""
    await opens(box, person, link or f"https://t.me/{box.bot.username}?start={SLUG}")
    await presses(box, person, f".language:{person.language}")
    await presses(box, person, ".about:yes")
    for purpose in ("messages", "checkins", "aid", "alerts"):
        await presses(box, person, f".{purpose}:{'no' if n % 5 == 4 else 'yes'}")  # noqa: PLR2004 - some say no
    await presses(box, person, ".patch:", nth=n % len(PATCHES))
