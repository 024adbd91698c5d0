"""The picture of what a check-in said: drawn once a language, sent with its numbers in words, or left out with grace."""

from io import BytesIO

import pytest
from PIL import Image

from bot import fonts
from bot.community import checkin_answers, checkins, places, residents
from bot.delivery import charts as delivery
from bot.replies import Bar, Block, Picture
from bot.store import charts as store
from bot.store import residents as residents_store
from bot.store import rounds as rounds_store
from bot.store.tables import Chart, Checkin
from tests.handlers.test_checkins import opened
from tests.handlers.test_playback import crowd
from tests.town import plain, text_of

OURS = (31, 95, 153)


async def told(town, *specs, answering=60):
    """A wave that is worth publishing has closed, and everybody has heard of it; its number."""
    people = await crowd(town, answering)
    number = await opened(town, *specs or ("ons4.happy",))
    await town.store(lambda session: all_answer(session, number, people, town.now))
    await town.passes(days=6)
    return number


def all_answer(session, number, people, now):
    questions = checkins.questions_of(session.get(Checkin, number).questions)
    for n, person in enumerate(people):
        resident = residents_store.resident_by_id(session, person)
        for at, question in enumerate(questions, 1):
            checkin_answers.answer(session, resident, number, at, question.values[n % len(question.values)], now)


def kept(town):
    """Every picture of the house, by its language."""
    return town.store(lambda session: {one.language: (one.png, one.file_id) for one in session.query(Chart)})


def picture_of(message):
    """The photo of a message: its size, as Telegram tells it."""
    return (message.content["photo"][-1]["width"], message.content["photo"][-1]["height"])


async def test_everybody_invited_gets_the_picture_in_their_language_with_the_numbers_below(town):
    amina, janek = await town.resident("Amina", "ur"), await town.resident("Janek", "pl")
    await told(town)
    for person in (amina, janek):
        assert picture_of(person.screen)[0] == 780
        assert "8.9" in plain(person.screen.content["caption"])
    assert "jak szczęśliwy(-a)" in janek.reads
    assert "مجموعی طور پر" in amina.reads
    assert janek.buttons[:3] == ["Tak", "Częściowo", "Nie"]
    drawn = await kept(town)
    assert set(drawn) == {"en", "ur", "pl"}
    assert all(png.startswith(b"\x89PNG") for png, _file_id in drawn.values())
    assert len({png for png, _file_id in drawn.values()}) == 3


async def test_telegram_gets_a_picture_once_and_is_told_its_number_from_then_on(small_town):
    amina = await small_town.resident("Amina", "pl")
    await told(small_town)
    file_id = amina.screen.content["photo"][-1]["file_id"]
    assert (await kept(small_town))["pl"][1] == file_id
    before = len(small_town.box.world.files)
    janek = await small_town.resident("Janek", "pl")

    def owe(session):
        round_id = session.query(Chart.round_id).first()[0]
        rounds_store.put_on_roll(session, round_id, [janek.id])
        checkin = session.get(Checkin, round_id)
        checkin.telling = 0

    await small_town.store(owe)
    await small_town.passes(seconds=6)
    assert janek.screen.content["photo"][-1]["file_id"] == file_id
    assert len(small_town.box.world.files) == before


async def test_the_menu_below_a_picture_comes_as_a_message_and_the_picture_stays(small_town):
    amina = await small_town.resident("Amina")
    await told(small_town)
    picture = amina.screen
    await amina.taps("Menu")
    assert "photo" not in amina.screen.content
    assert amina.screen is not picture
    assert "8.9 %" in plain(text_of(picture))


async def test_who_changes_language_after_the_close_gets_a_picture_in_the_new_one(small_town):
    amina = await small_town.resident("Amina", "en", "steering")
    janek = await small_town.resident("Janek", "pl")

    def later(session):
        places.change_place(session, places.place_for_newcomer(session, "millbrook"), {"steering_first_days": 2})

    await small_town.store(later)
    await told(small_town)
    assert "photo" in amina.screen.content
    assert "photo" not in janek.screen.content
    await small_town.store(lambda session: residents.change_language(session, _resident(session, janek), "cy"))
    await small_town.passes(days=2, minutes=1)
    await small_town.passes(minutes=1)
    assert "pa mor hapus" in janek.reads
    assert "photo" in janek.screen.content


def _resident(session, neighbour):
    return residents_store.resident_by_id(session, neighbour.id)


async def test_words_longer_than_telegram_takes_under_a_photo_follow_it(small_town):
    amina = await small_town.resident("Amina")
    await told(small_town, "community-life")
    picture, words = [message for message in amina.messages if message.sender != amina.person.id][-2:]
    assert "photo" in picture.content
    assert "caption" not in picture.content
    assert "61 %" in plain(text_of(words))
    assert picture_of(picture)[0] > 780, "many questions stand in two columns"


async def test_without_fonts_words_alone_are_told(small_town, monkeypatch):
    monkeypatch.setattr(fonts, "folder", lambda: None)
    amina = await small_town.resident("Amina")
    await told(small_town)
    assert "8.9 %" in amina.reads
    assert "photo" not in amina.screen.content
    assert {png for png, _file_id in (await kept(small_town)).values()} == {store.IN_VAIN}


async def test_a_picture_with_a_letter_that_no_font_has_is_not_sent_with_a_box_in_it(small_town):
    amina = await small_town.resident("Amina")

    def rename(session):
        places.change_place(session, places.place_for_newcomer(session, "millbrook"), {"name": "𓀀 Town"})

    await small_town.store(rename)
    await told(small_town)
    assert "𓀀 Town" in amina.reads
    assert "photo" not in amina.screen.content


async def test_too_few_answers_have_no_picture(small_town):
    amina = await small_town.resident("Amina")
    await told(small_town, answering=5)
    assert "Too few answered" in amina.reads
    assert await kept(small_town) == {}


async def test_a_drawing_that_takes_too_long_is_given_up_and_ends(small_town, monkeypatch):
    monkeypatch.setattr(delivery, "PATIENCE", 0.01)
    amina = await small_town.resident("Amina")
    await told(small_town)
    assert "8.9 %" in amina.reads
    assert "photo" not in amina.screen.content


def a_picture(language="en", *, rtl=False, heading="How are you?", words="Fine", blocks=1):
    bars = (
        Bar(words, 60.0, "60 %"),
        Bar(words, 30.0, "30 %"),
        Bar(words, None, "–"),
        Bar("There", 50.0, "", theirs=True),
    )
    return Picture(language, rtl, "A check-in", "About 60 people", (Block(heading, bars),) * blocks, "Rounded")


async def drawn(tmp_path, *pictures):
    found = await delivery.Illustrator(None, None, tmp_path)._drawn(pictures)
    return [found_one and Image.open(BytesIO(found_one)).convert("RGB") for found_one in found]


def bars_in(image):
    """Left and right end of each bar of ours, from above."""
    rows = {}
    width, height = image.size
    for y in range(0, height, 2):
        xs = [x for x in range(width) if image.getpixel((x, y)) == OURS]
        if len(xs) > 100:
            rows[xs[0], xs[-1]] = y
    return [ends for ends, _y in sorted(rows.items(), key=lambda row: row[1])]


async def test_a_picture_runs_from_the_right_where_its_language_does(tmp_path):
    left, right = await drawn(tmp_path, a_picture(), a_picture("ur", rtl=True, heading="آپ کیسے ہیں؟", words="ٹھیک"))
    (long_start, long_end), (short_start, short_end) = bars_in(left)
    assert long_start == short_start
    assert long_end - long_start == pytest.approx(2 * (short_end - short_start), abs=3)
    (long_start, long_end), (short_start, short_end) = bars_in(right)
    assert long_end == short_end, "bars grow to the left"
    assert long_start < short_start


async def test_what_people_write_is_drawn_as_written(tmp_path):
    odd, plain_one, many = await drawn(
        tmp_path,
        a_picture(heading=r"$\nope{ $ & <b>5</b> {name} % \frac"),
        a_picture(heading="x"),
        a_picture(heading="A very long question that goes on and on " * 4, words="a long answer " * 6, blocks=8),
    )
    assert odd is not None
    assert odd.size == plain_one.size
    assert many.width > 2 * odd.width - 60


async def test_one_bad_picture_spoils_no_other(tmp_path):
    good, bad, also_good = await drawn(tmp_path, a_picture(), a_picture(heading="𓀀"), a_picture("pl"))
    assert good is not None
    assert bad is None
    assert also_good is not None


async def test_a_range_of_numbers_is_not_turned_round_in_urdu_words(small_town):
    amina = await small_town.resident("Amina", "ur")
    await told(small_town)
    assert "\u20660–6\u2069" in text_of(amina.screen)
