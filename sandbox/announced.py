"""What Millbrook has been told, and by whose words: a public message in six languages, and neighbours who write them.

Nobody has written it in Somali yet: those who read Somali get the English words, marked, with a button to ask.
"""

import asyncio
import json
from pathlib import Path
from tempfile import TemporaryDirectory

from sandbox.deeds import kith, opens, presses
from sandbox.server import Sandbox
from sandbox.world import Person

HELPERS = (("Nasreen", "ur"), ("Tariq", "ur"), ("Zofia", "pl"), ("Marek", "pl"))
"""Two of each language: one writes, another checks."""
NOTICE = """
place = "millbrook"
kind = "info"
[title]
en = "The hall has a new telephone number"
pl = "Świetlica ma nowy numer telefonu"
ur = "ہال کا نیا فون نمبر"
ar = "رقم هاتف جديد للقاعة"
cy = "Mae gan y neuadd rif ffôn newydd"
ro = "Sala are un număr de telefon nou"
[body]
en = \"\"\"
Call 01632 960123, Monday to Friday, 9:00 to 12:00.
Say your language. Somebody who speaks it calls you back.\"\"\"
pl = \"\"\"
Prosimy dzwonić pod 01632 960123, od poniedziałku do piątku, 9:00–12:00.
Proszę powiedzieć, w jakim języku. Oddzwoni ktoś, kto go zna.\"\"\"
ur = \"\"\"
پیر سے جمعہ، 9:00 سے 12:00 تک، 01632 960123 پر فون کریں۔
اپنی زبان بتائیں۔ آپ کی زبان بولنے والا کوئی آپ کو واپس فون کرے گا۔\"\"\"
ar = \"\"\"
اتصلوا بالرقم 01632 960123 من الاثنين إلى الجمعة، من 9:00 إلى 12:00.
اذكروا لغتكم، وسيعاود الاتصال بكم من يتكلمها.\"\"\"
cy = \"\"\"
Ffoniwch 01632 960123, dydd Llun i ddydd Gwener, 9:00 i 12:00.
Dywedwch eich iaith. Bydd rhywun sy’n ei siarad yn eich ffonio’n ôl.\"\"\"
ro = \"\"\"
Sunați la 01632 960123, de luni până vineri, 9:00–12:00.
Spuneți-ne limba dumneavoastră. Vă sună înapoi cineva care o vorbește.\"\"\"
"""


async def live_it(box: Sandbox, place: str, people: list[Person]) -> None:
    """Tell everybody, wait until they have it, and let the language helpers say what they write."""
    await asyncio.gather(_tell(), _gather_helpers(box, place, people))


async def _gather_helpers(box: Sandbox, place: str, people: list[Person]) -> None:
    named, uses = {person.name: person for person in people}, str(len(HELPERS))
    made = await kith("invite", "helper", "--place", place, "--uses", uses, "--bot", box.bot.username, "--json")
    link = str(json.loads(made)["link"])
    await asyncio.gather(*(_helps(box, named[name], link, language) for name, language in HELPERS))


async def _tell() -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder) / "notice.toml"
        file.write_text(NOTICE, encoding="utf-8")
        number = json.loads(await kith("broadcast", "new", "--file", str(file), "--json"))["id"]
    await kith("broadcast", "send", str(number), "--yes")
    await kith("broadcast", "watch", str(number))


async def _helps(box: Sandbox, person: Person, link: str, language: str) -> None:
    """Become a language helper: an invitation, then which language one writes."""
    await opens(box, person, link)
    await presses(box, person, "wh:tasks")
    await presses(box, person, "wh:languages")
    await presses(box, person, f".language1:{language}")
    await presses(box, person, ".language2:-")
