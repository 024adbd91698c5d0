// What the page knows: the sandbox's latest state, and what this browser remembers (open phones, what was seen).

export const AT_MOST = 3;
const KEPT_AS = "kith-sandbox";

export const store = {
  state: { now: new Date().toISOString(), revision: -1, zone: null, under_way: null, bots: [], people: [], chats: [], toasts: [] },
  received: Date.now(),
  kept: recall(),
};

function recall() {
  const fresh = { phones: [], seen: {}, calls: false };
  try {
    return { ...fresh, ...JSON.parse(localStorage.getItem(KEPT_AS) ?? "{}") };
  } catch {
    return fresh;   // a private window, or somebody's hand in the storage: start afresh
  }
}

export function remember() {
  try {
    localStorage.setItem(KEPT_AS, JSON.stringify(store.kept));
  } catch {
    // Storage is full or forbidden: the layout is forgotten on reload, nothing else.
  }
}

export function take(state) {
  store.state = state;
  store.received = Date.now();
  store.kept.phones = store.kept.phones.filter((phone) => personOf(phone.person));
}

/** The sandbox's time now: its clock runs on between two states. */
export const now = () => new Date(Date.parse(store.state.now) + Date.now() - store.received);

export const personOf = (id) => store.state.people.find((person) => String(person.id) === String(id));
export const botOf = (id) => store.state.bots.find((bot) => String(bot.id) === String(id));

/** The bot of this sandbox that a link leads to, such as https://t.me/kith_bot?start=x or tg://resolve?domain=kith_bot. */
export function botNamed(link) {
  const name = /^(?:(?:https?:\/\/)?(?:t|telegram)\.me\/|tg:\/\/resolve\?domain=)(\w+)/i.exec(link)?.[1].toLowerCase();
  return store.state.bots.find((bot) => bot.username?.toLowerCase() === name);
}

/** A person's chats: one with each bot (also before the first word), then their groups. */
export function chatsOf(person) {
  const own = store.state.bots.map((bot) => privateChat(person, bot));
  const groups = store.state.chats.filter((chat) => chat.type !== "private" && !chat.migrated_to
    && chat.members.includes(person.id));
  return [...own, ...groups];
}

function privateChat(person, bot) {
  const key = `${bot.id}:${person.id}`;
  const unopened = { key, id: person.id, type: "private", bot: bot.id, bots: [bot.id], pinned: null, messages: [] };
  return store.state.chats.find((chat) => chat.key === key) ?? unopened;
}

/** A chat's name as a person sees it: a bot may have one for each language. */
export function titleOf(chat, person) {
  if (chat.type !== "private") return chat.title;
  const bot = botOf(chat.bot);
  return bot?.names_by?.[person?.language] ?? bot?.name ?? "Bot";
}

export const descriptionOf = (bot, person) => bot.descriptions_by?.[person.language] ?? bot.description;

/** How the JSON paths name a chat: a group by its id, a private chat by its bot. */
export const addressOf = (chat) => (chat.type === "private" ? { bot: chat.bot } : { chat: chat.id });

const lastId = (chat) => chat.messages.at(-1)?.id ?? 0;

export function unread(person, chat) {
  // Ids start again after a reset or restart, so a mark beyond the last message counts as none.
  const mark = store.kept.seen[`${person.id} ${chat.key}`] ?? 0;
  const seen = mark > lastId(chat) ? 0 : mark;
  return chat.messages.filter((message) => message.id > seen && message.from?.id !== person.id).length;
}

export const unreadOf = (person) => chatsOf(person).reduce((sum, chat) => sum + unread(person, chat), 0);

export function saw(person, chat) {
  const place = `${person.id} ${chat.key}`;
  if (store.kept.seen[place] === lastId(chat)) return;
  store.kept.seen[place] = lastId(chat);
  remember();
}

export const phoneOf = (personId) => store.kept.phones.find((phone) => String(phone.person) === String(personId));

/** Opens a person's phone; when three are open, the one that was used longest ago makes room. */
export function openPhone(personId) {
  let phone = phoneOf(personId);
  if (!phone) {
    phone = { person: personId, chat: null, used: 0 };
    const phones = store.kept.phones;
    if (phones.length < AT_MOST) phones.push(phone);
    else phones[phones.indexOf(phones.reduce((oldest, other) => (other.used < oldest.used ? other : oldest)))] = phone;
  }
  usePhone(personId);
  return phone;
}

/** The phone last used is the one shown where there is room for one only. */
export function usePhone(personId) {
  phoneOf(personId).used = 1 + Math.max(0, ...store.kept.phones.map((phone) => phone.used));
  remember();
}

export const lastUsed = () =>
  store.kept.phones.reduce((last, phone) => (last && last.used > phone.used ? last : phone), null);

export function closePhone(personId) {
  store.kept.phones = store.kept.phones.filter((phone) => String(phone.person) !== String(personId));
  remember();
}
