"""What residents are told about themselves: language, consents, roles, what is kept, stopping, erasing."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import date

from bot.community.alerts import Line
from bot.community.invites import Redemption
from bot.community.residents import AGE_BANDS, Kept
from bot.replies import Button, File, Rows, Screen
from bot.screens.alerts import need_button, numbers
from bot.screens.language import LANGUAGES, Html, _, current, day_in_words, label, lines, paragraphs
from bot.screens.menu import menu_button
from bot.taps import AgeTap, ConsentTap, ForgetTap, HelperTap, LanguageTap, MenuTap, SecondLanguageTap, TellTap


def languages(offered: list[str]) -> Screen:
    """Choose a language by its own name, two a row."""
    buttons = [Button(_autonym(tag), LanguageTap(tag)) for tag in offered if tag in LANGUAGES]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    second = Button(label("My second language"), MenuTap("second_language"))
    return Screen(_("Which language do you want to read?"), (*rows, (second,), (menu_button(),)))


def second_languages(offered: list[str], chosen: str | None) -> Screen:
    """Choose what is read where one's own language is missing."""
    tags = [tag for tag in offered if tag in LANGUAGES and tag != current()]
    buttons = [Button(_marked(LANGUAGES[tag].autonym, tag == chosen), SecondLanguageTap(tag)) for tag in tags]
    rows = tuple(tuple(buttons[i : i + 2]) for i in range(0, len(buttons), 2))
    none = Button(_marked(label("No second language"), chosen is None), SecondLanguageTap("-"))
    text = _("When something is not there in your language yet, which one would you rather read?")
    return Screen(text, (*rows, (none,), (menu_button(),)))


def _marked(name: str, chosen: bool) -> str:  # noqa: FBT001
    return label("✓ {option}", option=name) if chosen else name


def second_language_changed() -> str:
    """Toast after the choice."""
    return label("Noted. What is missing in your language comes in that one.")


def no_second_language() -> str:
    """Toast after choosing none."""
    return label("Noted. What is missing in your language comes as it was written.")


def _autonym(tag: str) -> str:
    return _marked(LANGUAGES[tag].autonym, tag == current())


def language_changed() -> str:
    """Toast after the choice, in the new language."""
    return label("From now on everything comes in this language.")


def consents(given: Mapping[str, bool]) -> Screen:
    """How each consent stands, with a button that states the opposite wish."""
    rows = tuple(
        (Button(_consent_button(purpose, yes), ConsentTap(purpose, int(not yes))),) for purpose, yes in given.items()
    )
    text = paragraphs(
        _("<b>What you agreed to</b>"),
        lines(*(_consent_line(purpose, yes) for purpose, yes in given.items())),
        _("Press a button to change your mind."),
    )
    return Screen(text, (*rows, (Button(label("My age group"), AgeTap("?")),), (menu_button(),)))


def age_bands(chosen: str | None) -> Screen:
    """Which age group: bands only, and only for whoever likes."""
    text = paragraphs(
        _("Which age group are you in?"),
        _("It is used for one thing: check-ins that say so count it beside your answers. You need not say."),
    )
    bands = [Button(_marked(label("{band} years", band=band), band == chosen), AgeTap(band)) for band in AGE_BANDS]
    rows = tuple(tuple(bands[i : i + 2]) for i in range(0, len(bands), 2))
    none = Button(_marked(label("Rather not say"), chosen is None), AgeTap("-"))
    return Screen(text, (*rows, (none,), (menu_button(),)))


def age_noted() -> str:
    """Toast."""
    return label("Thank you. Noted.")


def _consent_line(purpose: str, yes: bool) -> Html:  # noqa: FBT001
    return _("✓ {what}", what=purpose_name(purpose)) if yes else _("✗ {what}", what=purpose_name(purpose))


def _consent_button(purpose: str, yes: bool) -> str:  # noqa: FBT001
    what = purpose_name(purpose)
    return label("No longer: {what}", what=what) if yes else label("Agree: {what}", what=what)


def purpose_name(purpose: str) -> str:
    """A purpose, in two or three words."""
    match purpose:
        case "messages":
            return label("news")
        case "checkins":
            return label("check-ins")
        case "alerts":
            return label("telling a coordinator when I ask for someone")
        case _:
            return label("help between neighbours")


def consent_changed(*, given: bool) -> str:
    """Toast."""
    return label("Thank you. Noted.") if given else label("Noted. You can change your mind at any time.")


def role_name(role: str) -> str:
    """A role, as people call it."""
    match role:
        case "steering":
            return label("member of the steering group")
        case "volunteer":
            return label("volunteer")
        case "helper":
            return label("language helper")
        case "researcher":
            return label("community researcher")
        case "writer":
            return label("writer of notices")
        case "gatekeeper":
            return label("gatekeeper")
        case "safeguarding":
            return label("safeguarding lead")
        case "second_lead":
            return label("second safeguarding lead")
        case "coordinator":
            return label("coordinator")
        case _:
            return label("evaluator")


def role_given(given: Redemption) -> Html:
    """What came of opening an invitation."""
    if given.role is None:
        return _("This invitation does not work. Please ask for a new one.")
    return _("You are now: {role}.", role=role_name(given.role))


def after_role(given: Redemption) -> Rows:
    """The buttons under it: a new language helper says which languages they write."""
    mine = ((Button(label("Languages I can write"), HelperTap("languages")),),) if given.role == "helper" else ()
    return (*mine, (menu_button(),))


def what_is_kept(kept: Kept) -> Screen:
    """Everything that is kept, in plain lines; the file beside it says the same to a machine."""
    roles = ", ".join(role_name(role) for role in kept.roles) or label("none")
    text = paragraphs(
        _("<b>What is kept about you</b>"),
        lines(
            _("Place: {place}", place=kept.place),
            _("First name: {name}", name=kept.name),
            _("Language: {language}", language=LANGUAGES[kept.language].autonym if kept.language in LANGUAGES else ""),
            _("Second language: {language}", language=_second(kept.second_language)),
            _("Part: {patch}", patch=kept.patch or label("not said")),
            _("Joined: {day}", day=day_in_words(date.fromisoformat(kept.joined_on))),
            _("Roles: {roles}", roles=roles),
        ),
        lines(*(_consent_line(purpose, yes) for purpose, yes, _at in kept.consents)),
        _(
            "Your votes in private polls are not in this list: "
            "they are kept under a mark that only counts, and deleted at closing."
        ),
        _("/forget erases everything about you."),
    )
    return Screen(text, ((menu_button(),),))


def _second(tag: str | None) -> str:
    return LANGUAGES[tag].autonym if tag in LANGUAGES else label("none")


def kept_as_file(kept: Kept) -> File:
    """The same as a JSON file."""
    content = json.dumps(asdict(kept), ensure_ascii=False, indent=2, default=str).encode()
    return File("kith-my-data.json", content, _("Everything that is kept about you, as a file."))


def stopped() -> Screen:
    """After /stop."""
    return Screen(
        paragraphs(
            _("You will get no more messages."),
            _("Send /start to come back. Send /forget to erase what is kept about you."),
        )
    )


def sure_to_forget() -> Screen:
    """Asked once before erasing."""
    return Screen(
        paragraphs(
            _("This erases your name, your language, your roles, your choices and your votes in open polls."),
            _("If you told a concern, what was written is erased too; that there was one stays."),
            _("It cannot be undone. Are you sure?"),
        ),
        ((Button(label("Yes, erase everything"), ForgetTap(1)),), (menu_button(),)),
    )


def forgotten() -> Screen:
    """After /forget."""
    return Screen(_("Everything about you has been erased. Send /start if you ever want to join again."))


def help_text(run_by: str, contact: str, helplines: Sequence[Line] = ()) -> Screen:
    """What can be done, by command; who to ask; whom to call."""
    text = paragraphs(
        _("<b>What you can do here</b>"),
        lines(
            _("/menu – what waits for you"),
            _("/language – read in another language"),
            _("/mydata – see what is kept about you"),
            _("/concern – something worries you, or somebody was treated badly"),
            _("/stop – no more messages"),
            _("/forget – erase everything about you"),
        ),
        _("In a private vote nobody, not even those who run this, can see how you voted once it has closed."),
        _("This is run by {run_by}.", run_by=run_by),
        _("Questions: {contact}", contact=contact) if contact else "",
        numbers(helplines),
    )
    return Screen(text, ((need_button(),), (Button(label("Tell a concern"), TellTap(0, "look")),), (menu_button(),)))


def invite_was_used(role: str) -> str:
    """To the coordinators: somebody has taken a role. Nobody is named."""
    return label("An invitation was used: somebody is now {role}.", role=role_name(role))
