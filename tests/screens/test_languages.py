"""Every word in every language: found, well formed, short enough, the right way round, and never hard-coded."""

import re
import sys
import unicodedata
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from functools import partial

import pytest
from babel import Locale
from babel.dates import format_date
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po, write_po
from hypothesis import given
from hypothesis import strategies as st

from bot.community.post import KINDS
from bot.fitting import units
from bot.replies import Screen
from bot.screens import language
from bot.screens.catalogues import read_catalogue
from bot.screens.days import in_words
from bot.screens.language import (
    LANGUAGES,
    PSEUDO,
    Catalogue,
    _,
    catalogue,
    label,
    n_,
    n_label,
    negotiate,
    speaking,
    switch,
    when,
    written,
)
from bot.screens.words import commands, means_stop
from bot.store import residents as residents_store
from bot.store.tables import GroupChat, Resident
from sandbox.entities import Styled, cleaned
from sandbox.parse_html import parse_html
from tests.screens.samples import all_refusals, all_said
from tests.town import plain
from tools import catalogues

TAGS = sorted(LANGUAGES)
RTL = [tag for tag in TAGS if LANGUAGES[tag].rtl]
ISOLATES, PDI, RLM = "\u2066\u2067\u2068", "\u2069", "\u200f"
OVERRIDES = re.compile("[\u202a-\u202e]")


def balanced(text):
    """Whether every isolate is closed, and nothing closes one that is not open."""
    depth = 0
    for character in text:
        depth += (character in ISOLATES) - (character == PDI)
        if depth < 0:
            return False
    return depth == 0


def direction(line):
    """A line's direction as Unicode's rule P2 finds it: the first strong character outside isolates; None without one."""
    depth = 0
    for character in line:
        depth += (character in ISOLATES) - (character == PDI)
        if depth == 0 and (kind := unicodedata.bidirectional(character)) in {"L", "R", "AL"}:
            return "rtl" if kind != "L" else "ltr"
    return None


def texts_of(said):
    """The message as Telegram would show it, and the words on its buttons."""
    shown = cleaned(parse_html(said.text)).text if isinstance(said, Screen) else said
    rows = said.rows if isinstance(said, Screen) else ()
    return shown, [button for row in rows for button in row]


# Every screen in every language


@pytest.mark.parametrize("size", ["short", "long"])
@pytest.mark.parametrize("tag", [*TAGS, PSEUDO])
def test_every_screen_is_html_that_telegram_takes_and_fits(tag, size):
    for what, said in _said_in(tag, size):
        shown, buttons = texts_of(said)
        assert shown.strip(), what
        assert "{" not in shown, what
        if isinstance(said, str):
            assert units(shown) <= 200, f"{what}: {shown}"
        else:
            assert units(shown) <= 4096, what
        for button in buttons:
            assert button.label.strip(), what
            assert button.tap is None or len(button.tap.pack().encode()) <= 64, what


@pytest.mark.parametrize("tag", TAGS)
def test_nothing_turns_the_line_and_all_isolates_are_paired(tag):
    for what, said in _said_in(tag, "short"):
        shown, buttons = texts_of(said)
        for text in (shown, said.text if isinstance(said, Screen) else said):
            assert balanced(text), what
            assert not OVERRIDES.search(text), what
        assert all(balanced(button.label) for button in buttons), what


@pytest.mark.parametrize("tag", RTL)
def test_every_line_of_a_right_to_left_language_runs_so_with_one_mark_at_most(tag):
    """After Telegram's own cleaning, which keeps only the last of two marks side by side."""
    for what, said in _said_in(tag, "short"):
        shown, _buttons = texts_of(said)
        for line in filter(None, cleaned(Styled(shown)).text.split("\n")):
            assert direction(line) == "rtl", f"{what}: {line!r}"
            assert line.count(RLM) <= 1, f"{what}: {line!r}"
            assert RLM not in line[1:], f"{what}: {line!r}"


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag not in RTL])
def test_left_to_right_languages_need_no_mark(tag):
    for what, said in _said_in(tag, "short"):
        shown, buttons = texts_of(said)
        assert not re.search("[\u200e\u200f]", shown + "".join(button.label for button in buttons)), what


def _said_in(tag, size):
    with speaking(tag):
        yield from all_said(size)


def test_the_samples_leave_no_letter_and_no_refusal_out():
    """A new kind of letter without a sample here would go out unread."""
    named = {what for what, _said in _said_in("en", "short")}
    assert {kind for kind in KINDS if not any(what.startswith(f"letter {kind}") for what in named)} <= {"poll_result"}
    assert any(what.startswith("letter result") for what in named)
    assert {f"refusal {type(refusal).__name__}" for refusal in all_refusals()} <= named


@pytest.mark.parametrize("tag", TAGS)
def test_no_screen_is_the_same_in_two_languages(tag):
    """A catalogue that was left English, or copied from its neighbour, shows here."""
    if tag == "en":
        return
    english = dict(_said_in("en", "short"))
    same = [
        what for what, said in _said_in(tag, "short") if plain(texts_of(said)[0]) == plain(texts_of(english[what])[0])
    ]
    assert same == []


@pytest.mark.parametrize("tag", TAGS)
def test_the_command_menu_fits(tag):
    """Telegram takes 256 characters a description, and codes of two letters only."""
    assert re.fullmatch("[a-z]{2}", tag)
    listed = commands(tag)
    assert [command for command, _text in listed] == [command for command, _text in commands("en")]
    assert all(1 <= units(text) <= 256 for _command, text in listed)


@pytest.mark.parametrize("tag", TAGS)
def test_the_word_for_stop_is_understood_however_it_is_typed(tag):
    with speaking(tag):
        word = label("stop")
    assert all(means_stop(typed) for typed in (word, word.upper(), f" {word}. ", f"{word}!"))


# Hard-coded English: everything a person meets, in a language that no catalogue holds

KNOWN = (
    # what people called things, and what has no language
    "Millbrook Community Trust", "Millbrook", "Mill Road", "Station", "Amina", "Zofia", "What first?", "Crossing",
    "Garden", "Which tree?", "An oak", "A lime", "kith-my-data.json",
    *(one.autonym for one in LANGUAGES.values()),
)  # fmt: skip
DAY = re.compile(r"(Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day,? \d+ [A-Z][a-z]+ \d{4}")
NOT_WORDS = re.compile(r"<[^>]+>|\b[0-9a-f]{16}\b|\d{4}-\d\d-\d\d")
ENGLISH = re.compile(r"\w*[aeiouAEIOUcnsyz]\w*")
"""The pseudo-language accents every one of these letters, so one that is bare did not come out of a catalogue."""


def hard_coded(text):
    left = DAY.sub("", NOT_WORDS.sub("", plain(text)))
    for known in KNOWN:
        left = left.replace(known, "")
    return ENGLISH.findall(left)


def test_the_search_finds_hard_coded_english():
    with speaking(PSEUDO):
        assert hard_coded(_("You are now: {role}.", role="volunteer")) == ["volunteer"]
        assert hard_coded(label("Menu")) == []
        assert hard_coded(f"{label('Menu')} of Amina") == ["of"]
    assert hard_coded("Menu") == ["Menu"]


@pytest.fixture
async def pseudo_town(small_town, monkeypatch):
    """Millbrook, where everybody reads the pseudo-language from their first word."""
    monkeypatch.setattr("bot.middleware._language_of", lambda *_facts: PSEUDO)
    monkeypatch.setattr("bot.updates.negotiate", lambda *_facts: PSEUDO)
    monkeypatch.setattr(sys.modules["bot.flows.join"], "switch", lambda _tag: switch(PSEUDO))
    monkeypatch.setattr("bot.handlers.groups.switch", lambda _tag: switch(PSEUDO))
    return small_town


async def everybody_reads(town, tag):
    await town.store(lambda session: session.query(Resident).update({"language": tag}))


async def test_no_english_is_hard_coded_on_any_way_through_the_bot(pseudo_town):
    town = pseudo_town
    zofia = town.person("Zofia", "pl")
    await zofia.joins("English")
    await everybody_reads(town, PSEUDO)
    [amina] = await town.steering(("Amina", PSEUDO))
    chat = await town.group(amina, title="Millbrook")
    for said in ("/here", "/menu"):
        await amina.says(said, chat)
    await town.store(lambda session: session.query(GroupChat).update({"language": PSEUDO}))
    poll = await town.poll()
    await walk(town, amina, poll)
    said = [effect.text for effect in town.box.effects]
    buttons = [
        button["text"]
        for place in town.box.world.chats.values()
        for message in place.messages.values()
        for row in (message.markup or {}).get("inline_keyboard", [])
        for button in row
    ]
    toasts = [tap.answer.get("text", "") for tap in town.box.world.taps.values() if tap.answer]
    assert len(said) > 40
    assert len([toast for toast in toasts if toast]) > 8
    found = {text: words for text in (*said, *buttons, *toasts) if text and (words := hard_coded(text))}
    assert found == {}
    assert all("⟦" in text for text in said if text)


async def walk(town, person, poll):
    """See everything a resident can see; every button once."""
    for said in ("/menu", "/help", "/mydata", "/language", "/forget", "what?", "/nonsense"):
        await person.says(said)
    await person.says(sticker=True)
    await person.says("/menu")
    for prefix in (
        "o:language",
        "o:menu",
        "o:consents",
        "c:messages:0",
        "c:messages:1",
        "o:menu",
        "o:help",
        "o:mydata",
    ):
        await person.sends_tap(prefix)
    await person.starts(f"p{poll}")
    for data in (f"v:{poll}:1:0", f"v:{poll}:1:0", f"v:{poll}:2:0", f"v:{poll}:1:-1", f"vw:{poll}", f"v:{poll}:1:0"):
        await person.sends_tap(data)
    for odd in ("v:999:1:0", "a:nothing.at.all:1", "nonsense", "l:zz", "vb:1:99"):
        await person.sends_tap(odd)
    await person.starts("i_" + "x" * 43)
    await person.says("/newpoll")
    await person.says("Which tree?")
    await person.says("An oak")
    await person.says("An oak\nA lime")
    await person.says("not a button")
    await person.sends_tap(person.first_tap())
    await person.sends_tap(next(data for data in all_data(person) if data.startswith("m:") and data.endswith("back")))
    await person.sends_tap(person.first_tap())
    await person.sends_tap(person.first_tap())
    await town.passes(days=20)
    await person.starts(f"p{poll}")
    await person.says("stop")
    await person.starts()
    await person.says("/forget")
    await person.sends_tap(person.first_tap())
    await person.says("/menu")


def all_data(person):
    rows = (person.screen.markup or {}).get("inline_keyboard", [])
    return [button["callback_data"] for row in rows for button in row if "callback_data" in button]


@pytest.mark.parametrize("tags", [TAGS[:6], TAGS[6:]])
async def test_the_whole_way_is_taken_by_telegram_in_every_language(small_town, tags):
    """Joining, voting, making a poll, help, data, stop, erasing: no call is refused, and none holds a word of English."""
    for tag in tags:
        calls = len(small_town.box.calls)
        person = small_town.person(f"P{tag}", tag)
        await person.joins(LANGUAGES[tag].autonym)
        await small_town.store(partial(_make_steering, telegram_id=person.person.id))
        poll = await small_town.poll()
        await walk(small_town, person, poll)
        refused = [call for call in list(small_town.box.calls)[calls:] if call.outcome not in {"ok", "open"}]
        assert [f"{call.method}: {call.outcome}" for call in refused if "not modified" not in call.outcome] == []


def _make_steering(session, telegram_id):
    resident = residents_store.resident_found_by(session, session.vault.keys.lookup(telegram_id))
    residents_store.give_role(session, resident, "steering")


# Catalogues and days, which are read without Babel


def _as_babel_reads(file):
    """Forms by message; the entries left out that the house leaves out."""
    entries = [entry for entry in read_po(file, locale=None) if entry.id and not entry.fuzzy]
    found = {}
    for entry in entries:
        forms = (entry.string,) if isinstance(entry.string, str) else tuple(entry.string or ())
        if all(forms):
            found[entry.id if isinstance(entry.id, str) else entry.id[0]] = forms
    return found


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_a_catalogue_says_what_babel_reads_in_it(tag):
    path = language.locales_folder() / tag / "LC_MESSAGES" / "messages.po"
    with path.open("rb") as file:
        wanted = _as_babel_reads(file)
    assert len(wanted) > 500
    assert read_catalogue(path) == wanted


WORDS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")) | st.sampled_from('"\\\n\t'), max_size=80)


@given(
    st.lists(st.tuples(WORDS.filter(str.strip), WORDS, WORDS, st.booleans()), max_size=6, unique_by=lambda one: one[0]),
    st.sampled_from([0, 20, 76]),
)
def test_whatever_babel_writes_is_read_as_it_was_meant(tmp_path_factory, messages, width):
    """Quotes, back-slashes, line ends, plurals, long lines that are broken, entries that are unsure or gone."""
    written_ones = Catalog()
    for one, first, second, plural in messages:
        forms = (first, second) if plural else first
        unsure = ["fuzzy"] if len(second) % 5 == 1 else []
        written_ones.add((one, one + "s") if plural else one, forms, flags=unsure, user_comments=[second])
    written_ones.obsolete["gone"] = Message("gone", "weg")
    path = tmp_path_factory.mktemp("po") / "messages.po"
    with path.open("wb") as file:
        write_po(file, written_ones, width=width)
    with path.open("rb") as file:
        wanted = _as_babel_reads(file)
    assert read_catalogue(path) == wanted


@pytest.mark.parametrize("tag", TAGS)
def test_every_day_is_written_as_unicodes_data_have_it(tag):
    for n in range(366):
        day = date(2028, 1, 1) + timedelta(days=n)
        assert in_words(day, tag) == format_date(day, "full", locale="en_GB" if tag == "en" else tag)


# Plural forms


@pytest.mark.parametrize("tag", TAGS)
def test_plural_forms_part_the_numbers_as_cldr_does(tag):
    """Babel's gettext headers differ from CLDR for Welsh, Bengali, Punjabi; its CLDR data are right (facts 1.2)."""
    cldr = Locale.parse(tag).plural_form
    form_of = catalogue(tag).form_of if tag != "en" else language.c2py("(n != 1)")
    ours, theirs = defaultdict(set), defaultdict(set)
    for n in range(201):
        ours[form_of(n)].add(n)
        theirs[cldr(n)].add(n)
    assert sorted(map(sorted, ours.values())) == sorted(map(sorted, theirs.values()))
    assert set(ours) <= set(range(LANGUAGES[tag].forms))


@pytest.mark.parametrize("tag", TAGS)
def test_every_number_finds_a_form_that_holds_it_or_says_it_in_words(tag):
    with speaking(tag):
        for n in (*range(101), 1000, 10**6):
            said = n_("{n} thing to answer.", "{n} things to answer.", n)
            assert str(n) in said or n in {0, 1, 2}, said


# Filling in: nothing that somebody wrote can break out

PARAMS = st.text(
    st.characters(exclude_categories=["Cs"]) | st.sampled_from("<>&\"'{}/\u2066\u2068\u2069\u202e\u200f\n\x00")
)
SENTENCES = st.sampled_from(sorted(str(one.id) for one in catalogues.extracted() if one.id and isinstance(one.id, str)))


@given(message=SENTENCES, words=PARAMS, tag=st.sampled_from(TAGS))
def test_what_people_wrote_is_shown_and_never_breaks_the_message(message, words, tag):
    names = re.findall(r"\{(\w+)\}", message)
    with speaking(tag):
        said = _(message, **dict.fromkeys(names, words)) if names else written(words)
        flat = label(message, **dict.fromkeys(names, words))
    shown = parse_html(said)  # refuses what Telegram would refuse
    assert balanced(said)
    assert balanced(shown.text)
    assert balanced(flat)
    assert not OVERRIDES.search(said + flat)
    assert {span.type for span in shown.spans} <= {"bold", "italic", "code"}
    assert language.clean(words) in shown.text.replace("\u2066", "").replace("\u200f", "") or tag in RTL


@pytest.mark.parametrize("tag", RTL)
@pytest.mark.parametrize("number", ["01632 960123", "+44 1632 960 123", "(0161) 496 0000", "116 123", "۰۱۶۳۲ ۹۶۰۱۲۳"])
def test_a_telephone_number_in_groups_is_not_turned_round(tag, number):
    """Seen in the sandbox: 01632 960123 was shown, and would have been dialled, as 960123 01632."""
    with speaking(tag):
        said = parse_html(written(f"فون: {number}، 9:00 سے 12:00")).text
    start = said.index(number)
    assert (said[start - 1], said[start + len(number)]) == ("\u2066", "\u2069")
    assert balanced(said)
    assert said.count("\u2066") == 1


@pytest.mark.parametrize(
    "words", ["9:00 12:00 15:30", "2026-12-01", "https://example.org/?id=12 345678", "1 دسمبر 2026"]
)
def test_what_is_no_telephone_number_is_left_as_it_was_written(words):
    with speaking("ur"):
        assert words in parse_html(written(f"پانی {words}")).text


@given(words=PARAMS)
def test_what_looks_like_a_placeholder_is_not_filled_again(words):
    with speaking("en"):
        said = _("{n} of {total}", n="{total}" + words, total="SECRET")
    assert said.count("SECRET") == 1


@pytest.mark.parametrize(
    "broken",
    [
        "{place.__class__}",
        "{place[0]}",
        "{place!r}",
        "{place:>9999999}",
        "{0}",
        "{}",
        "{other}",
        "{place",
        "place}",
        "{pla ce}",
    ],
)
def test_a_broken_translation_falls_back_to_english(monkeypatch, broken):
    strings = {"Welcome to {place}.": (f"Willkommen: {broken}",)}
    monkeypatch.setattr(language, "catalogue", lambda _tag: Catalogue(strings, int))
    with speaking("pl"):
        assert plain(_("Welcome to {place}.", place="Millbrook")) == "Welcome to Millbrook."
        assert plain(label("Welcome to {place}.", place="Millbrook")) == "Welcome to Millbrook."


def test_a_plural_with_too_few_forms_falls_back_to_english(monkeypatch):
    strings = {"{n} thing to answer.": ("jedno",)}
    monkeypatch.setattr(language, "catalogue", lambda _tag: Catalogue(strings, lambda _n: 0))
    with speaking("pl"):
        assert [n_label("{n} thing to answer.", "{n} things to answer.", n) for n in (1, 2)] == [
            "1 thing to answer.",
            "2 things to answer.",
        ]


def test_what_is_missing_is_said_in_english_and_an_unknown_language_is_english():
    with speaking("ur"):
        assert plain(label("No catalogue holds this.")) == "No catalogue holds this."
    with speaking("tlh"):
        assert label("Menu") == "Menu"


def test_speaking_a_language_ends_with_its_block():
    with speaking("ur"):
        with speaking("pl"):
            switch("cy")
            assert language.current() == "cy"
        assert language.current() == "ur"
    assert language.current() == "en"


# Choosing a language


@pytest.mark.parametrize(
    ("code", "meant"),
    [
        ("pl", "pl"), ("PL", "pl"), ("pt-br", "pt"), ("pt_PT", "pt"), ("en-GB", "en"), ("ar-beta", "ar"),
        ("ur-pk", "ur"), ("pa", "pa"), ("pa-in", "pa"), ("pa-guru-in", "pa"), ("pa-pk", "ur"), ("pa-arab", "ur"),
        ("pa-Arab-PK", "ur"), ("mo", "ro"), ("", None), (None, None), ("-", None), ("zh-hans", None), ("de", None),
        ("classic-zh-cn", None), ("english", None), ("x" * 5000, None), ("💬", None),
    ],
)  # fmt: skip
def test_telegrams_language_code_is_understood(code, meant):
    assert negotiate(code, list(LANGUAGES)) == meant


@given(code=st.text() | st.none(), offered=st.lists(st.sampled_from(TAGS)))
def test_any_code_means_an_offered_language_or_none(code, offered):
    assert negotiate(code, offered) in {None, *offered}


def test_only_what_the_place_offers_is_meant():
    assert negotiate("pa-pk", ["pa", "en"]) == "pa"
    assert negotiate("pl", ["en"]) is None


# Dates


@pytest.mark.parametrize("tag", TAGS)
def test_a_moment_is_said_with_its_day_by_name_in_the_places_time(tag):
    moment = datetime(2026, 7, 3, 17, 30, tzinfo=UTC)
    with speaking(tag):
        said = when(moment, "Europe/London")
    assert "18:30" in said
    assert "2026" in said
    assert re.search(r"[^\d\s.,:]{4,}", said)
    assert not re.search(r"\d+[/.-]\d+[/.-]\d+", said)


# Catalogues


@pytest.fixture(scope="module")
def source():
    return catalogues.extracted()


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_every_catalogue_is_complete_and_sound(tag, source):
    assert list(catalogues.faults(LANGUAGES[tag], source)) == []


@pytest.mark.parametrize("tag", [tag for tag in TAGS if tag != "en"])
def test_an_update_changes_nothing_that_is_up_to_date(tag, source):
    assert catalogues.updated(LANGUAGES[tag], source) == catalogues.path_of(tag).read_bytes()


def test_the_check_finds_what_is_wrong(source, monkeypatch):
    """Proof of the proof: one fault of each kind, and each is named."""
    whole = catalogues.read(LANGUAGES["pl"])
    faults = {
        "other {names}": ("Welcome to {place}.", "Witaj w {miejsce}."),
        "other tags": ("<b>{place}</b>", "{place}"),
        "a bare & or <": ("Menu", "Menu & więcej"),
        "turns the direction": ("Back", "Wstecz\u202e"),
        "a space at an end": ("Skip", "Pomiń "),
        "missing": ("Cancel", None),
    }
    for original, translated in faults.values():
        if translated is None:
            whole.delete(original)
        else:
            whole[original].string = translated
    whole.add("Nobody says this.", "Nikt tego nie mówi.")
    monkeypatch.setattr(catalogues, "read", lambda _language: whole)
    found = list(catalogues.faults(LANGUAGES["pl"], source))
    assert len(found) == len(faults) + 1, found
    assert all(any(kind in fault for fault in found) for kind in (*faults, "stale"))
