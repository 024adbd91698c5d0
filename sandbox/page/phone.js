// The phone of one person: whose it is, which of their chats is open, its messages, and what lies over them.

import { button, follow, icon, iconButton, isolated, make, redraw, set, unseen } from "./dom.js";
import { inShort, rowsOf } from "./bubble.js";
import { Composer } from "./composer.js";
import { alertOver, attempt, notice, toast } from "./overlays.js";
import { address } from "./safe.js";
import {
  addressOf, botNamed, botOf, chatsOf, descriptionOf, personOf, phoneOf, remember, saw, titleOf, unread, usePhone,
} from "./state.js";
import { autonym, initials, languageName, tone } from "./words.js";

const TYPING_LASTS = 5_000;   // Telegram's own: an action shows for five seconds or until the message comes

export class Phone {
  constructor(personId, { onClose, onChange }) {
    this.personId = personId;
    this.onChange = onChange;
    this.title = make("h2", {});
    this.picture = make("span", { class: "avatar", "aria-hidden": "true" });
    this.block = button({ class: "text-button", onclick: () => this.toggleBlock() });
    this.tabs = make("nav", { class: "tabs", "aria-label": "Chats on this phone" });
    this.pinned = make("div", { class: "pinned" });
    this.typing = make("p", { class: "typing", hidden: true });
    this.fresh = button({ class: "fresh", hidden: true, onclick: () => this.toEnd() }, icon("down"), "New messages");
    this.toasts = make("div", { class: "toasts", "aria-live": "polite" });
    this.composer = new Composer(personId, (url) => this.openLink(url));
    this.body = make("div", { class: "phone-body" }, this.typing, this.fresh, this.toasts);
    const touched = () => this.touched();
    const close = iconButton("close", "Close this phone", onClose);
    this.element = make("section", { class: "phone", "data-phone": personId, onfocusin: touched, onpointerdown: touched },
      make("div", { class: "phone-inside" },
        make("header", { class: "phone-head" }, this.picture, this.title, this.block, close),
        this.tabs, this.pinned, this.body, this.composer.element));
    this.on = {
      tap: (message, pressed) => this.tap(message, pressed),
      link: (url) => this.followLink(url),
      command: (text) => this.composer.say({ text }),
      reply: (message) => this.composer.answer(message),
      edit: (message) => this.composer.answer(message, true),
    };
  }

  touched() {
    if (phoneOf(this.personId)) usePhone(this.personId);
  }

  update({ visible }) {
    const person = personOf(this.personId);
    const chats = chatsOf(person);
    if (!chats.length) return this.drawHead(person, null);
    const chosen = phoneOf(this.personId).chat;
    const chat = chats.find((one) => one.key === chosen) ?? chats[0];
    const moved = this.chat?.key !== chat.key;
    this.chat = chat;
    if (visible && document.visibilityState === "visible") saw(person, chat);
    this.drawHead(person, chat);
    this.drawTabs(person, chats);
    if (moved) this.startLog();
    this.drawPinned();
    this.drawLog(person);
    this.composer.update(person, chat);
    return undefined;
  }

  drawHead(person, chat) {
    const facts = [person.name, person.language, person.deleted];
    redraw(this.title, facts, () => [
      make("span", { class: "whose" }, isolated(person.name), "’s phone"),
      make("span", { class: "tongue" }, unseen(" · "), isolated(autonym(person.language), person.language))]);
    this.picture.className = `avatar tone-${tone(person.id)}`;
    redraw(this.picture, facts, () => initials(person.name));
    set(this.element, "aria-label", `${person.name}’s phone, ${languageName(person.language)}`);
    const blocked = chat?.type === "private" && person.blocked.includes(chat.bot);
    this.block.hidden = chat?.type !== "private" || blocked || person.deleted;
    set(this.block, "aria-label", `Block ${chat ? titleOf(chat) : ""}`);
    redraw(this.block, blocked, () => "Block");
  }

  toggleBlock() {
    return attempt("/sandbox/block", { person: this.personId, bot: this.chat.bot });
  }

  drawTabs(person, chats) {
    follow(this.tabs, chats.map((chat) => {
      const open = chat.key === this.chat.key;
      const waiting = open ? 0 : unread(person, chat);
      return {
        key: chat.key,
        create: () => button({ class: "tab", "data-chat": chat.key, onclick: () => this.choose(chat.key) }),
        facts: [open, waiting, titleOf(chat, person)],
        draw: (tab) => {
          set(tab, "aria-current", open && "true");
          set(tab, "title", chat.type === "private" ? `@${botOf(chat.bot).username}` : chat.title);   // two bots may share a name
          return [icon(chat.type === "private" ? "bot" : "group"), isolated(titleOf(chat, person)), badge(waiting)];
        },
      };
    }));
  }

  choose(key) {
    phoneOf(this.personId).chat = key;
    remember();
    this.onChange();
  }

  /** A chat gets a log of its own, so that screen readers read out what is new in it, not all of it. */
  startLog() {
    this.log?.remove();
    this.rows = make("div", { class: "rows" });
    this.log = make("div", { class: "log", role: "log", tabindex: "0", "aria-label": `Messages, ${titleOf(this.chat)}`,
      onscroll: () => this.scrolled() }, this.rows);
    this.body.prepend(this.log);
    this.atEnd = true;
    this.showTyping(null);
    // Pictures and fonts arrive later than the words: whoever is at the end stays there.
    const sizes = new ResizeObserver(() => { if (this.atEnd) this.toEnd(); });
    sizes.observe(this.rows);
    sizes.observe(this.log);
  }

  drawLog(person) {
    const { messages } = this.chat;
    if (messages.at(-1)?.from?.is_bot && messages.at(-1).id !== this.lastId) this.showTyping(null);
    const grew = this.lastId !== undefined && messages.at(-1)?.id > this.lastId;
    const mine = messages.at(-1)?.from?.id === person.id;
    this.lastId = messages.at(-1)?.id;
    follow(this.rows, messages.length ? rowsOf(this.chat, person, this.on) : [this.emptyRow(person)]);
    if (this.atEnd || (grew && mine)) this.toEnd();
    else if (grew) this.fresh.hidden = false;
  }

  emptyRow(person) {
    const bot = this.chat.type === "private" ? botOf(this.chat.bot) : null;
    const facts = [titleOf(this.chat, person), bot && descriptionOf(bot, person), person.name];
    return {
      key: "empty",
      create: () => make("div", { class: "empty-chat" }),
      facts,
      draw: () => (bot ? [
        make("h3", { dir: "auto" }, facts[0]),
        make("p", { dir: "auto" }, facts[1] || "This bot says nothing about itself yet."),
        make("p", { class: "hint" }, "Press Start, as ", isolated(person.name), " would the first time."),
      ] : [
        make("h3", { dir: "auto" }, facts[0]),
        make("p", { class: "hint" }, "Nobody has written here yet. Say hello below."),
      ]),
    };
  }

  drawPinned() {
    const message = this.chat.messages.find((one) => one.id === this.chat.pinned);
    redraw(this.pinned, message ? [message.id, inShort(message)] : null, () => message && make("button",
      { type: "button", class: "pinned-bar", onclick: () => this.show(message.id) },
      icon("pin"), make("span", {}, unseen("Pinned: "), make("span", { dir: "auto" }, inShort(message)))));
  }

  show(messageId) {
    const element = this.rows.querySelector(`[data-message="${messageId}"]`);
    element?.scrollIntoView({ block: "center" });
    element?.focus({ preventScroll: true });
  }

  scrolled() {
    this.atEnd = this.log.scrollHeight - this.log.scrollTop - this.log.clientHeight < 40;
    if (this.atEnd) this.fresh.hidden = true;
  }

  toEnd() {
    this.log.scrollTop = this.log.scrollHeight;
    this.fresh.hidden = true;
  }

  showTyping(bot, action = "typing") {
    clearTimeout(this.typingEnds);
    this.typing.hidden = !bot;
    if (!bot) return;
    this.typing.replaceChildren(make("span", { class: "dots", "aria-hidden": "true" }, make("i"), make("i"), make("i")),
      make("span", {}, isolated(bot.name), action === "typing" ? " is typing" : " is sending a file"));
    this.typingEnds = setTimeout(() => this.showTyping(null), TYPING_LASTS);
  }

  /** The bot's answer to a tap of this person. */
  answered(event) {
    if (event.url) this.followLink(event.url) || window.open(event.url, "_blank", "noopener");
    if (!event.text) return;
    if (event.alert) alertOver(this.element, botOf(event.bot)?.name ?? "Bot", event.text);
    else toast(this.element, event.text);
  }

  async tap(message, pressed) {
    if (pressed.url) {
      const url = address(pressed.url);
      if (url && !this.followLink(url)) window.open(url, "_blank", "noopener");
      return;
    }
    const bot = message.from.is_bot ? { bot: message.from.id } : {};
    await this.composer.post("/sandbox/tap", { ...bot, message: message.id, data: pressed.data });
  }

  /** Takes a deep link to a bot of this sandbox; says whether it did. */
  followLink(url) {
    if (!botNamed(url)) return false;
    this.openLink(url);
    return true;
  }

  async openLink(link) {
    const joins = /[?&]startgroup/.test(link);
    if (joins && this.chat.type === "private") {
      return notice("Open a group on this phone first: the link adds the bot to it.", this.personId);
    }
    const done = await attempt("/sandbox/open", { person: this.personId, link, ...(joins && addressOf(this.chat)) });
    if (done && !joins) this.choose(`${botNamed(link).id}:${this.personId}`);
    return undefined;
  }
}

/** How many messages wait to be seen. */
export function badge(count) {
  return count > 0 && make("span", { class: "badge" }, count > 99 ? "99+" : String(count), unseen(" new"));
}
