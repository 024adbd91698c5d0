"""The Bot API's methods, by theme. Importing this package registers them."""

from sandbox.methods import chats, commands, media, messages, polling

__all__ = ["chats", "commands", "media", "messages", "polling"]
