"""What the bot says in group chats, which is little."""

from bot.replies import Button, Screen
from bot.screens.language import _, label, paragraphs


def greet() -> Screen:
    """After being added to a group."""
    return Screen(
        paragraphs(
            _("Hello! I bring your steering group's votes here."),
            _("A coordinator can send /here to link this chat. I do not read what you write to each other."),
        )
    )


def linked(place: str) -> Screen:
    """After /here."""
    return Screen(_("This chat is now linked to {place}. New votes will be shown here.", place=place))


def in_private() -> Screen:
    """A command that belongs into the private chat was sent in a group."""
    return Screen(
        _("Please write to me in a private chat for this."), ((Button(label("Open the private chat"), start="menu"),),)
    )
