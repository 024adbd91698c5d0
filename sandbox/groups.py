"""Groups: made, joined, left, upgraded; with the service messages and updates that go with it."""

from collections.abc import Iterable

from sandbox.refusals import Json, Misdirected
from sandbox.render import member_json, user_json
from sandbox.updates import announce, announce_member
from sandbox.world import FIRST_GROUP, FIRST_SUPERGROUP, Bot, Chat, Message, Person, World


def new_group(
    world: World, title: str, members: Iterable[Person], admins: Iterable[Person] = (), *, supergroup: bool = True
) -> Chat:
    """A group of people; the first admin, or else the first member, made it."""
    everybody = {person.id: "member" for person in members} | {person.id: "administrator" for person in admins}
    if not title.strip() or not everybody:
        raise Misdirected("A group needs a title and at least one member.")
    admin_ids = [one for one, status in everybody.items() if status == "administrator"]
    everybody[(admin_ids or list(everybody))[0]] = "creator"
    chat = Chat(free_id(world, supergroup=supergroup), "supergroup" if supergroup else "group", title.strip())
    chat.members = everybody
    world.chats[chat.key] = chat
    world.changed("chats", chat=chat)
    return chat


def free_id(world: World, *, supergroup: bool) -> int:
    """Supergroups have ids of their own kind."""
    first = FIRST_SUPERGROUP if supergroup else FIRST_GROUP
    kind = "supergroup" if supergroup else "group"
    return min([first + 1, *(chat.id for chat in world.chats.values() if chat.type == kind)]) - 1


def service(world: World, chat: Chat, sender: int, content: Json) -> Message:
    """A service message, told to the chat's bots."""
    message = world.keep_message(chat, sender, content)
    announce(world, chat, message)
    return message


def creator_of(chat: Chat) -> int:
    """Who made the group."""
    return next(person for person, status in chat.members.items() if status == "creator")


def add_bot(world: World, chat: Chat, bot: Bot, by: Person, *, admin: bool = False) -> None:
    """Somebody adds the bot to a group."""
    if chat.private or by.id not in chat.members:
        raise Misdirected(f"Only a member of a group can add a bot to it; {by.name} is not in {chat.title}.")
    joining = chat.bots.get(bot.id) not in ("member", "administrator")
    old = member_json(world, chat, bot.id)
    chat.bots[bot.id] = "administrator" if admin else "member"
    if old["status"] != chat.bots[bot.id]:
        announce_member(world, chat, bot.id, by.id, old)
    if joining:
        service(world, chat, by.id, new_members(world, bot.id))
    world.changed("chats", chat=chat)


def kick_bot(world: World, chat: Chat, bot: Bot, by: Person | None = None) -> None:
    """An administrator throws the bot out. It hears of it, and hears no more."""
    if chat.bots.get(bot.id) not in ("member", "administrator"):
        raise Misdirected(f"{bot.username} is not in {chat.title}.")
    old = member_json(world, chat, bot.id)
    sender = by.id if by else creator_of(chat)
    service(world, chat, sender, left_member(world, bot.id))
    chat.bots[bot.id] = "kicked"
    announce_member(world, chat, bot.id, sender, old)
    world.changed("chats", chat=chat)


def bot_leaves(world: World, chat: Chat, bot: Bot) -> None:
    """The bot goes by itself."""
    old = member_json(world, chat, bot.id)
    chat.bots[bot.id] = "left"
    announce_member(world, chat, bot.id, bot.id, old)
    service(world, chat, bot.id, left_member(world, bot.id))
    world.changed("chats", chat=chat)


def join(world: World, chat: Chat, person: Person, by: Person | None = None) -> None:
    """Somebody joins, or is added by somebody."""
    if chat.private or person.id in chat.members:
        raise Misdirected(f"{person.name} cannot join {chat.title}.")
    old = member_json(world, chat, person.id)
    chat.members[person.id] = "member"
    service(world, chat, (by or person).id, new_members(world, person.id))
    announce_member(world, chat, person.id, (by or person).id, old)
    world.changed("chats", chat=chat)


def leave(world: World, chat: Chat, person: Person, by: Person | None = None) -> None:
    """Somebody leaves, or is removed by somebody."""
    if person.id not in chat.members:
        raise Misdirected(f"{person.name} is not in {chat.title}.")
    old = member_json(world, chat, person.id)
    del chat.members[person.id]
    service(world, chat, (by or person).id, left_member(world, person.id))
    announce_member(world, chat, person.id, (by or person).id, old)
    world.changed("chats", chat=chat)


def make_admin(world: World, chat: Chat, person: Person, *, admin: bool = True, anonymous: bool = False) -> None:
    """Somebody becomes an administrator, perhaps an anonymous one, or is one no longer."""
    if person.id not in chat.members:
        raise Misdirected(f"{person.name} is not in {chat.title}.")
    old = member_json(world, chat, person.id)
    if chat.members[person.id] != "creator":
        chat.members[person.id] = "administrator" if admin else "member"
    (chat.anonymous.add if anonymous else chat.anonymous.discard)(person.id)
    announce_member(world, chat, person.id, creator_of(chat), old)
    world.changed("chats", chat=chat)


def upgrade(world: World, chat: Chat) -> Chat:
    """A small group becomes a supergroup: another id, and a service message in either chat."""
    if chat.type != "group" or chat.migrated_to:
        raise Misdirected(f"{chat.title} is not a small group; only those can be upgraded.")
    made = Chat(free_id(world, supergroup=True), "supergroup", chat.title)
    made.members, made.bots, made.anonymous = dict(chat.members), dict(chat.bots), set(chat.anonymous)
    world.chats[made.key] = made
    service(world, chat, creator_of(chat), {"migrate_to_chat_id": made.id})
    chat.migrated_to = made.id
    service(world, made, creator_of(chat), {"migrate_from_chat_id": chat.id})
    world.changed("chats", chat=chat)
    world.changed("chats", chat=made)
    return made


def new_members(world: World, user_id: int) -> Json:
    """The content that says who came."""
    user = user_json(world, user_id)
    return {"new_chat_members": [user], "new_chat_member": user, "new_chat_participant": user}


def left_member(world: World, user_id: int) -> Json:
    """The content that says who went."""
    user = user_json(world, user_id)
    return {"left_chat_member": user, "left_chat_participant": user}
