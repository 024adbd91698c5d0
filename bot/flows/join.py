"""Joining: language, what this is, consent per purpose, patch."""

from bot.community import invites, places, residents
from bot.flows.talk import NO, YES, Choice, Talk
from bot.replies import Screen
from bot.screens import join as screens
from bot.screens.language import LANGUAGES, label, negotiate, switch
from bot.store.tables import Resident


def join(talk: Talk) -> Screen:
    """A person becomes a resident of the place; a role they were invited to, and a vote they came for, wait at the end."""
    languages = _languages_first(talk)
    tag = talk.choose("language", screens.which_language(talk.place.name), languages, across=2)
    switch(tag)
    talk.confirm("about", screens.about(talk.place.name, talk.place.run_by), label("I would like to join"))
    consents = {
        purpose: talk.choose(purpose, screens.consent_question(purpose), _yes_no()) == YES
        for purpose in residents.PURPOSES
    }
    patches = places.patches(talk.session, talk.place)
    chosen = ""
    if patches:
        named = [Choice(str(patch.id), patch.name) for patch in patches]
        chosen = talk.choose("patch", screens.which_patch(talk.place.name), named, may_skip=True)
    resident = residents.join(
        talk.session, talk.person, talk.place, tag, consents, int(chosen) if chosen else None, talk.now
    )
    given = _redeem(talk, resident)
    return screens.joined(talk.place.name, given)


def _languages_first(talk: Talk) -> list[Choice]:
    """Autonyms, the one that Telegram's language code suggests in front; flags are not languages."""
    offered = [tag for tag in talk.place.languages if tag in LANGUAGES]
    guess = negotiate(talk.person.language_code, offered)
    ordered = sorted(offered, key=lambda tag: (tag != guess, offered.index(tag)))
    return [Choice(tag, LANGUAGES[tag].autonym) for tag in ordered]


def _yes_no() -> list[Choice]:
    return [Choice(YES, label("Yes")), Choice(NO, label("No"))]


def _redeem(talk: Talk, resident: Resident) -> invites.Redemption | None:
    token = talk.answers.get("_invite")
    return invites.redeem(talk.session, resident, token, talk.now) if token else None
