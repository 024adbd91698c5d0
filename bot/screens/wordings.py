"""What language helpers, and the coordinators who let their words go, see: tasks, hints, thanks."""

from bot.community.lint import units
from bot.community.wording_seen import SoFar, Task
from bot.community.wordings import Reading
from bot.replies import Button, Rows, Screen
from bot.screens.language import LANGUAGES, Html, _, label, n_, paragraphs, speaking, when, written
from bot.screens.menu import back_to_menu, menu_button
from bot.taps import HelperTap, LetGoTap, RightTap, TaskTap

ROOM = 3200
"""UTF-16 units of people's words that a message has room for besides the bot's own; what is longer gets a button."""
SHOWN = 6


def language_name(tag: str) -> str:
    """A language's own name for itself."""
    return LANGUAGES[tag].autonym if tag in LANGUAGES else tag


def quoted(title: str | None, body: str, tag: str) -> Html:
    """What people wrote, set off from what the bot says; each line runs as its own language does."""
    with speaking(tag):
        head = f"<b>{written(title)}</b>\n" if title else ""
        return Html(f"<blockquote>{head}{_lined(body)}</blockquote>")


def _lined(body: str) -> str:
    return "\n".join(written(line) if line.strip() else "" for line in body.split("\n"))


def original(task: Task) -> Html:
    """The source's words."""
    return quoted(task.title, task.body, task.source_language)


def asked(task: Task) -> Screen:
    """To a helper: a text to put into their language, or somebody's words to check."""
    return to_check(task) if task.task == "check" else to_write(task)


def to_write(task: Task) -> Screen:
    """A text that needs words in a language: what it says, until when it is of use, what must stay."""
    note = task.so_far.note if task.so_far is not None else None
    text = paragraphs(
        _urgent(task),
        _("Can you put this message into {language}?", language=language_name(task.language)),
        original(task) if fits(task) else "",
        _("Your words were checked. This should change: {note}", note=note) if note else "",
        _of_use_until(task),
        what_must_stay(),
    )
    write = Button(label("Write it in {language}", language=language_name(task.language)), _task(task, "write"))
    return Screen(text, (*_to_read(task), (write,), (_not_now(task),)))


def to_check(task: Task) -> Screen:
    """Somebody else's words, beside the source's."""
    assert task.so_far is not None
    text = paragraphs(
        _urgent(task),
        _("Is this right in {language}? Somebody else wrote it.", language=language_name(task.language)),
        _beside(task, task.so_far),
        _of_use_until(task),
        _("Does it say the same, with the same numbers, times and links? Would your neighbours understand it?"),
    )
    return Screen(text, (*_to_read(task, task.so_far), *_verdicts(task, task.so_far), (_not_now(task),)))


def to_let_go(task: Task) -> Screen:
    """To a coordinator: words that two helpers stand for."""
    assert task.so_far is not None
    text = paragraphs(
        _("These words in {language} were checked by a second neighbour.", language=language_name(task.language)),
        _beside(task, task.so_far),
        _("May they be sent?"),
    )
    let_go = LetGoTap(task.text_id, task.language, task.so_far.stamp)
    rows = (
        (Button(label("Yes, send them"), let_go),),
        (Button(label("Something must change"), _task(task, "return")),),
        (menu_button(),),
    )
    return Screen(text, (*_to_read(task, task.so_far), *rows))


def _urgent(task: Task) -> str:
    return _("<b>This is urgent.</b>") if task.urgent else ""


def _of_use_until(task: Task) -> str:
    if task.expires_at is None:
        return ""
    return _("It is of use until {when}.", when=when(task.expires_at, task.timezone))


def what_must_stay() -> Html:
    """What no translation may change."""
    return _("Numbers, times, phone numbers and links must stay the same. Write as you would say it to a neighbour.")


def fits(task: Task, words: SoFar | None = None, *, source: bool = True) -> bool:
    """Whether source and words, or the words alone, can stand in one message whole."""
    there = (task.title or "") + task.body if source else ""
    here = (words.title or "") + words.body if words is not None else ""
    return units(there + here) <= ROOM


def _beside(task: Task, words: SoFar) -> Html:
    """The source above the words that somebody put it into; as much as there is room for."""
    theirs = quoted(words.title, words.body, task.language)
    if fits(task, words):
        return Html(f"{original(task)}\n{theirs}")
    return theirs if fits(task, words, source=False) else Html("")


def _to_read(task: Task, words: SoFar | None = None) -> Rows:
    """Ways to what did not fit into the message: each comes in a message of its own."""
    source = ((Button(label("Read the original"), _task(task, "source")),),)
    name = language_name(task.language)
    theirs = ((Button(label("Read it in {language}", language=name), _task(task, "words")),),)
    return (() if fits(task, words) else source) + (() if fits(task, words, source=False) else theirs)


def _verdicts(task: Task, words: SoFar) -> Rows:
    right = RightTap(task.text_id, task.language, words.stamp)
    return ((Button(label("It is right"), right),), (Button(label("It needs a change"), _task(task, "change")),))


def _not_now(task: Task) -> Button:
    return Button(label("Not now"), _task(task, "pass_check" if task.task == "check" else "pass_write"))


def _task(task: Task, act: str) -> TaskTap:
    return TaskTap(task.text_id, task.language, act)


def source_alone(task: Task) -> Screen:
    """The source in a message of its own."""
    return Screen(original(task), ((menu_button(),),))


def words_alone(task: Task) -> Screen:
    """The words that there are in a message of their own."""
    assert task.so_far is not None
    return Screen(quoted(task.so_far.title, task.so_far.body, task.language), ((menu_button(),),))


# The last questions, and what comes of them


def sure_to_hand_in(task: Task, title: str | None, body: str) -> Html:
    """The last question: how the neighbours would read it."""
    shall_i = _("Shall I give it to another helper to check?")
    if units((title or "") + body) > ROOM:
        return shall_i
    name = language_name(task.language)
    return paragraphs(
        _("This is how it would be read in {language}:", language=name), quoted(title, body, task.language), shall_i
    )


def handed_in() -> Screen:
    """Done: what happens next."""
    said = label("Thank you! Another helper reads it now; then it goes to your neighbours.")
    return back_to_menu(said)


# What a checker is asked


def how_to_change(task: Task) -> Html:
    """Write it better, or say what should change."""
    assert task.so_far is not None
    theirs = quoted(task.so_far.title, task.so_far.body, task.language)
    return paragraphs(theirs if fits(task, task.so_far, source=False) else "", _("What would you like to do?"))


def note_question() -> Html:
    """What the writer will read."""
    return _("What should change? Whoever wrote it reads this.")


def sure_to_send_back(note: str, language: str) -> Html:
    """The last question before a note goes to the writer."""
    return paragraphs(_("Shall I send this to whoever wrote it?"), quoted(None, note, language))


def sent_back() -> Screen:
    """Done."""
    return back_to_menu(label("Thank you! I have passed it on."))


def found_right(*, released: bool) -> Screen:
    """After checking: an urgent wording goes at once, another waits for a coordinator."""
    if released:
        return back_to_menu(label("Thank you! It goes to your neighbours now."))
    return back_to_menu(label("Thank you! A coordinator lets it go now."))


def let_go() -> Screen:
    """After a coordinator's yes."""
    return back_to_menu(label("Thank you. From now on it is read in these words."))


def passed() -> Screen:
    """After "not now"."""
    return back_to_menu(label("That is fine. Somebody else is asked."))


def nothing_to_do() -> Screen:
    """Somebody was quicker, or the message is no longer of use."""
    return back_to_menu(label("This is done already, or no longer needed. Thank you all the same!"))


def done_by_others(language: str) -> Screen:
    """Letter to whoever was asked too."""
    said = label("The message that you were asked to put into {language} is done. Thank you all the same!",
                 language=language_name(language))  # fmt: skip
    return back_to_menu(said)


def here_it_is(reading: Reading) -> Screen:
    """Letter to whoever asked for a text in their language."""
    text = paragraphs(_("Here is the message that you wanted to read in your language:"),
                      quoted(reading.title, reading.body, reading.language))  # fmt: skip
    return Screen(text, ((menu_button(),),))


# A helper's own corner


def corner(tasks: list[Task], languages: list[str], *, helper: bool) -> Screen:
    """What waits, with a button each; and which languages the helper writes."""
    names = ", ".join(language_name(tag) for tag in languages)
    text = paragraphs(
        _("<b>Languages</b>"),
        n_("{n} message waits for you.", "{n} messages wait for you.", len(tasks)) if tasks else _nothing_waits(),
        (_("You write: {languages}", languages=names) if names else _no_language_yet()) if helper else "",
    )
    mine = ((Button(label("Languages I can write"), HelperTap("languages")),),) if helper else ()
    return Screen(text, (*((_open(task),) for task in tasks[:SHOWN]), *mine, (menu_button(),)))


def _nothing_waits() -> Html:
    return _("No message waits for you.")


def _no_language_yet() -> Html:
    return _("You have not said yet which languages you can write.")


def _open(task: Task) -> Button:
    language, title = language_name(task.language), _short(task.title or task.body)
    match task.task:
        case "translate":
            return Button(label("Write in {language}: {title}", language=language, title=title), _task(task, "show"))
        case "check":
            return Button(label("Check {language}: {title}", language=language, title=title), _task(task, "check"))
        case _:
            return Button(label("Let go {language}: {title}", language=language, title=title), _task(task, "ready"))


def _short(text: str, most: int = 24) -> str:
    line = text.split("\n", maxsplit=1)[0]
    return line if len(line) <= most else line[: most - 1].rstrip() + "…"


def which_to_write() -> Html:
    """The first question to a new helper."""
    return _("Which language can you write well?")


def which_besides(chosen: list[str]) -> Html:
    """And the next."""
    names = ", ".join(language_name(tag) for tag in chosen)
    return paragraphs(_("You write: {languages}", languages=names), _("Is there another one?"))


def languages_noted(languages: list[str]) -> Screen:
    """Done: what happens next."""
    names = ", ".join(language_name(tag) for tag in languages)
    said = label("Thank you! You write: {languages}. I ask you when a message is needed.", languages=names)
    return back_to_menu(said)
