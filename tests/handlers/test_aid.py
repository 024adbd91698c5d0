"""Asking a neighbour: asked and offered in the chat, one yes wins, both sides know who acts next, nothing hangs."""


from sqlalchemy import select

from bot.community import aid, places, volunteers
from bot.community.aid import Wish
from bot.community.aid_rules import need_by, slots_of
from bot.community.volunteers import Offering
from bot.store import residents as residents_store
from bot.store.tables import Ask, Offer
from tests.town import plain, text_of

ALWAYS = slots_of(range(7), ["morning", "afternoon", "evening", "night"])


async def volunteer(town, name, *, language="en", kinds=("lift",), per_week=3, languages=None, slots=ALWAYS, roles=()):
    """Somebody who offers help in both patches."""
    person = await town.resident(name, language, *roles)

    def offer(session):
        resident = residents_store.resident_by_id(session, person.id)
        patches = tuple(patch.id for patch in places.patches(session, places.place_of(session, resident)))
        offering = Offering(kinds, patches, languages or (language,), slots, per_week)
        volunteers.offer_help(session, resident, offering, town.now)

    await town.store(offer)
    return person


async def asks(town, person, *, kind="lift", when="soon", part="any", words="Ring twice", **more):
    """Ask as the chat does, without walking through it; the ask's number."""

    def open_(session):
        resident = residents_store.resident_by_id(session, person.id)
        place = places.place_of(session, resident)
        need = need_by(str(when), part, town.now, place.timezone)
        patch = places.patches(session, place)[0].id
        wish = Wish(kind, patch, need, more.pop("languages", (resident.language,)), words, **more)
        return aid.open_ask(session, resident, wish, town.now).id

    number = await town.store(open_)
    await town.looks()
    return number


async def row(town, ask):
    """An ask's row, checked: while it lives somebody acts next, by a time."""

    def look(session):
        found = session.get(Ask, ask)
        session.expunge(found)
        return found

    found = await town.store(look)
    assert (found.next_at is None) == (found.next_actor is None) == (found.state in {"done", "ended"})
    return found


async def offer_states(town, ask):
    def look(session):
        rows = session.execute(select(Offer.resident_id, Offer.state).where(Offer.ask_id == ask)).all()
        return dict(rows)

    return await town.store(look)


def told(person):
    """All that the bot has said to somebody."""
    return [plain(text_of(one)) for one in person.messages if one.sender != person.person.id]


async def test_a_neighbour_asks_and_another_says_yes(town):
    bilal = await volunteer(town, "Bilal", language="ur", languages=("ur", "en"))
    amina = await town.resident("Amina", "en")
    await amina.says("/ask")
    await amina.taps("a lift")
    await amina.taps("Today")
    await amina.taps("Mill Road")
    await amina.says("To the doctor; I walk slowly")
    await amina.says("14 Mill Road")
    await amina.taps("English")
    assert "To the doctor; I walk slowly" in amina.reads
    await amina.taps("Yes, ask neighbours")
    assert "1 neighbour has been asked so far." in amina.reads
    assert "You hear from me by" in amina.reads
    await town.looks()
    assert "doctor" not in bilal.reads
    assert "Mill Road" in bilal.reads
    assert "14 Mill" not in bilal.reads
    await bilal.sends_tap(bilal.first_tap())
    assert "To the doctor; I walk slowly" in bilal.reads
    assert "14 Mill" not in bilal.reads
    await town.looks()
    assert "A neighbour will help you." in amina.reads
    assert "Bilal" not in "".join(told(amina))
    assert "Amina" not in "".join(told(bilal))
    await amina.taps("Share the exact place")
    await town.looks()
    assert "14 Mill Road" in bilal.reads
