"""Offering help: what, where, in which languages, when, and how much; holidays."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.community import aid, aid_place, places, volunteers
from bot.community.aid_rules import SPELLS, slots_in, spells_in
from bot.community.volunteers import Offering, VolunteerSeen
from bot.flows.aid import ask_for_consent, resident_of
from bot.flows.talk import Choice, Talk
from bot.replies import Screen
from bot.screens import volunteers as screens
from bot.screens.aid_words import kind_name, spell_name
from bot.screens.language import LANGUAGES, _, day_in_words, label, n_label
from bot.screens.menu import back_to_menu
from bot.store.tables import Resident

A_WEEK = ("1", "2", "3", "5")
NOW, AHEAD, WEEKS = "now", 57, (1, 2, 3, 4, 6, 8)
"""Holidays begin now or within eight weeks, and last so many."""


def offer_help(talk: Talk) -> Screen:
    """A resident says what they would do for neighbours; whoever waits for just that is matched at once."""
    resident = resident_of(talk)
    patches = places.patches(talk.session, talk.place)
    if not patches:
        return back_to_menu(label("There are no parts of the neighbourhood yet. Please tell the coordinator."))
    known = volunteers.what_i_offer(talk.session, resident, talk.now)
    ask_for_consent(talk, resident)
    kinds = [Choice(kind.key, kind_name(kind)) for kind in aid_place.kinds(talk.session, talk.place.id)]
    chosen = talk.choose_some("kinds", _("What would you do?"), kinds, across=2, at_first=_kinds(known))
    named = [Choice(str(patch.id), patch.name) for patch in patches]
    where = talk.choose_some("patches", _("Where would you go?"), named, across=2, at_first=_patches(known, resident))
    tags = [Choice(tag, LANGUAGES[tag].autonym) for tag in talk.place.languages if tag in LANGUAGES]
    spoken = talk.choose_some(
        "languages", _("Which languages do you speak?"), tags, across=2, at_first=_languages(known, resident)
    )
    spells = [Choice(spell, spell_name(spell)) for spell in SPELLS]
    times = talk.choose_some("times", _("When are you free, usually?"), spells, at_first=_times(known))
    often = [Choice(n, n) for n in A_WEEK]
    per_week = talk.choose("per_week", _("How many asks a week would you take at most?"), often, across=4)
    aid.agree(talk.session, resident, talk.now)
    offering = Offering(
        tuple(chosen), tuple(int(patch) for patch in where), tuple(spoken), slots_in(times), int(per_week)
    )
    return screens.offering_kept(volunteers.offer_help(talk.session, resident, offering, talk.now))


def holidays(talk: Talk) -> Screen:
    """A volunteer is away for a time, from now or from later on."""
    days = [(talk.now + timedelta(days=n)).astimezone(ZoneInfo(talk.place.timezone)).date() for n in range(1, AHEAD)]
    begin = [Choice(NOW, label("Now")), *(Choice(day.isoformat(), day_in_words(day)) for day in days)]
    first = talk.choose("from", _("From when are you away?"), begin, across=2)
    weeks = [Choice(str(n), n_label("{n} week", "{n} weeks", n)) for n in WEEKS]
    lasts = timedelta(weeks=int(talk.choose("weeks", _("For how long?"), weeks, across=2)))
    begins = talk.now if first == NOW else _morning(first, talk)
    return screens.what_i_offer(volunteers.go_away(talk.session, resident_of(talk), begins, begins + lasts, talk.now))


def _morning(day: str, talk: Talk) -> datetime:
    local = datetime.combine(date.fromisoformat(day), time(), ZoneInfo(talk.place.timezone))
    return local.astimezone(talk.now.tzinfo)


def _kinds(known: VolunteerSeen | None) -> tuple[str, ...]:
    return known.offering.kinds if known else ()


def _patches(known: VolunteerSeen | None, resident: Resident) -> list[str]:
    mine = known.offering.patches if known else ([resident.patch_id] if resident.patch_id else [])
    return [str(patch) for patch in mine]


def _languages(known: VolunteerSeen | None, resident: Resident) -> list[str]:
    if known:
        return list(known.offering.languages)
    return [tag for tag in (resident.language, resident.second_language) if tag]


def _times(known: VolunteerSeen | None) -> list[str]:
    return spells_in(known.offering.slots) if known else []
