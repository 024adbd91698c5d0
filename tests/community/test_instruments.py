"""Instruments: shipped wording is the source's, and a file of one's own is checked to the line."""

import json

import pytest

from bot.community.instruments import ECHO, FOLDER, Question, named, read_instrument, shipped
from bot.community.toml_lines import FileWrong

WORDING = {
    # facts/instruments.md 3.1 to 3.3, letter by letter
    "ons4.satisfied": "Overall, how satisfied are you with your life nowadays?",
    "ons4.worthwhile": "Overall, to what extent do you feel that the things you do in your life are worthwhile?",
    "ons4.happy": "Overall, how happy did you feel yesterday?",
    "ons4.anxious": (
        "On a scale where 0 is 'not at all anxious' and 10 is 'completely anxious', "
        "overall, how anxious did you feel yesterday?"
    ),
    "loneliness.companionship": "How often do you feel that you lack companionship?",
    "loneliness.left-out": "How often do you feel left out?",
    "loneliness.isolated": "How often do you feel isolated from others?",
    "loneliness.lonely": "How often do you feel lonely?",
    "community-life.influence": (
        "To what extent do you agree or disagree that you personally can influence decisions affecting your local area?"
    ),
    "community-life.pull-together": (
        "To what extent would you agree or disagree that people in your neighbourhood pull together "
        "to improve the neighbourhood?"
    ),
    "community-life.trust": (
        "Thinking about the people who live in this neighbourhood, to what extent do you believe they can be trusted?"
    ),
    "community-life.belonging": "How strongly do you feel you belong to your immediate neighbourhood?",
}
BANDS = {
    "ons4.happy": {"low": (0, 4), "medium": (5, 6), "high": (7, 8), "very high": (9, 10)},
    "ons4.anxious": {"very low": (0, 1), "low": (2, 3), "medium": (4, 5), "high": (6, 10)},
}
QUESTIONS = [question for instrument in shipped().values() for question in instrument.questions]
SOUND = """
key = "ours"
version = "1"
source = "we"
licence = "CC0-1.0"
name.en = "Ours"
[scales.how]
bands = { "no" = "1", "yes" = "2" }
coarse = { "no" = "no", "yes" = "yes" }
en = ["No", "Yes"]
[[items]]
key = "ok"
scale = "how"
better = "high"
text.en = "All well?"
"""


def by_name(name):
    return next(question for question in QUESTIONS if question.name == name)


@pytest.mark.parametrize("name", WORDING)
def test_the_official_wording_is_the_sources(name):
    assert by_name(name).text["en"] == WORDING[name]
    assert by_name(name).translation["en"] == "official"


@pytest.mark.parametrize("name", BANDS)
def test_the_bands_are_those_of_national_statistics(name):
    assert by_name(name).bands == BANDS[name]


def test_answers_of_loneliness_are_the_sources():
    assert by_name("loneliness.left-out").words["en"] == ["Hardly ever or never", "Some of the time", "Often"]
    assert by_name("loneliness.lonely").words["en"] == [
        "Often or always", "Some of the time", "Occasionally", "Hardly ever", "Never",
    ]  # fmt: skip


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_each_question_says_where_it_is_from_and_bands_every_answer(question):
    assert question.source
    assert question.licence
    assert question.version
    assert [question.band_of(value) for value in question.values]
    assert set(question.coarse) == set(question.bands)
    assert len(set(question.coarse.values())) == 2


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_whatever_is_not_the_sources_wording_says_so(question):
    """An evaluator must be able to leave untested wordings out (facts/instruments.md 3.6)."""
    assert set(question.text) == set(question.words) == set(question.translation)
    assert {kind for tag, kind in question.translation.items() if tag != "en"} <= {"community", "reviewed"}
    if question.own:
        assert len(question.text) == 12


def test_answers_that_were_not_seen_in_the_source_are_marked():
    assert by_name("community-life.trust").unverified
    assert not by_name("ons4.happy").unverified
    assert by_name("involvement.change").benchmark.unverified


def test_scales_whose_licence_forbids_it_are_not_shipped():
    text = " ".join(path.read_text(encoding="utf-8").casefold() for path in FOLDER.glob("*.toml"))
    for phrase in ("wemwbs", "i've been feeling optimistic about the future", "who-5", "i have felt cheerful"):
        assert phrase not in text


def test_a_question_survives_the_way_through_the_database():
    for question in QUESTIONS:
        assert Question.from_facts(json.loads(json.dumps(question.as_facts()))).as_facts() == question.as_facts()


def test_a_language_without_wording_gets_the_official_one():
    assert by_name("ons4.happy").said_in("so") == WORDING["ons4.happy"]
    assert by_name("ons4.happy").spoken("so") == "en"
    assert by_name("ons4.happy").spoken("cy") == "cy"


def test_an_instrument_or_one_of_its_questions_is_named():
    assert [question.key for question in named("ons4")] == ["satisfied", "worthwhile", "happy", "anxious"]
    assert [question.key for question in named("ons4.happy")] == ["happy"]
    for unknown in ("ons5", "ons4.sad", ECHO):
        with pytest.raises(FileWrong):
            named(unknown)


def test_a_sound_file_is_read(tmp_path):
    path = tmp_path / "ours.toml"
    path.write_text(SOUND)
    assert read_instrument(path).questions[0].band_of(2) == "yes"


@pytest.mark.parametrize(
    "instead, of, says",
    [
        ('key = "OURS!"', 'key = "ours"', "line 2"),
        ('source = ""', 'source = "we"', "line 4"),
        ('sauce = "we"', 'source = "we"', "did you mean source"),
        ('name.pl = "Nasze"', 'name.en = "Ours"', "words in en"),
        ('"yes" = "3"', '"yes" = "2"', "must begin at 2"),
        ('"yes" = "1-2"', '"yes" = "2"', "must begin at 2"),
        ('coarse = { "no" = "no", "yes" = "no" }', 'coarse = { "no" = "no", "yes" = "yes" }', "coarse bands"),
        ('scale = "what"', 'scale = "how"', "no [scales.what]"),
        ('better = "up"', 'better = "high"', "high or low"),
        ('text.en = "All well?"\ntext.pl = "Dobrze?"', 'text.en = "All well?"', "under [translation]"),
        ('text.en = "All well?"\nbottom = [7]', 'text.en = "All well?"', "values of the scale"),
        ('text.en = "All well?"\nbenchmark = { share = 3 }', 'text.en = "All well?"', "benchmark has bands"),
    ],
)
def test_a_mistake_in_a_file_is_named_with_its_line(tmp_path, instead, of, says):
    path = tmp_path / "ours.toml"
    path.write_text(SOUND.replace(of, instead, 1))
    with pytest.raises(FileWrong, match="line ") as wrong:
        read_instrument(path)
    assert says in str(wrong.value)
