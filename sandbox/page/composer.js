// The foot of a phone: what can be written, sent, or pressed from there.

import { button, icon, iconButton, isolated, make, redraw } from "./dom.js";
import { inShort } from "./bubble.js";
import { askIn, attempt, disclose } from "./overlays.js";
import { addressOf, botOf } from "./state.js";

export class Composer {
  /** `openLink(url)` opens a deep link in the same phone. */
  constructor(personId, openLink) {
    this.personId = personId;
    this.openLink = openLink;
    this.answering = null;   // {message, editing}: what the next text replies to or replaces
    this.keys = make("div", { class: "reply-keys" });
    this.strip = make("div", { class: "strip" });
    this.bar = make("div", { class: "bar" });
    this.commands = make("div", { class: "menu", hidden: true, role: "group", "aria-label": "The bot's commands" });
    this.attachments = make("div", { class: "menu", hidden: true, role: "group", "aria-label": "What else to send" });
    this.text = make("textarea", {
      name: "text", rows: "1", dir: "auto", placeholder: "Message", "aria-label": "Message",
      oninput: () => this.grow(), onkeydown: (event) => this.typed(event),
    });
    this.form = make("form", { class: "composer", onsubmit: (event) => { event.preventDefault(); this.send(); } },
      this.menuButton("plus", "Send something else", this.attachments, () => this.drawAttachments()),
      this.menuButton("slash", "Commands", this.commands, () => this.drawCommands()),
      this.text,
      make("button", { type: "submit", class: "icon-button send", "aria-label": "Send", title: "Send (Enter)" }, icon("send")));
    this.element = make("div", { class: "foot" },
      this.bar, this.keys, this.attachments, this.commands, this.strip, this.form);
  }

  menuButton(drawing, label, menu, draw) {
    const button = iconButton(drawing, label, null);
    const close = disclose(button, menu, { onOpen: () => { draw(); menu.querySelector("button")?.focus(); } });
    menu.addEventListener("click", (event) => { if (event.target.closest("button")) { close(); this.text.focus(); } });
    return button;
  }

  update(person, chat) {
    if (chat.key !== this.chat?.key) this.answer(null);
    this.person = person;
    this.chat = chat;
    const bot = chat.type === "private" ? botOf(chat.bot) : null;
    const blocked = Boolean(bot && person.blocked.includes(bot.id));
    const shut = person.deleted || blocked;
    this.text.lang = person.language ?? "";
    this.form.hidden = shut;
    const empty = chat.messages.length === 0;
    redraw(this.bar, [person.name, person.deleted, blocked, bot?.name, empty], () => this.drawBar({ blocked, empty, bot }));
    const keyboard = shut ? null : this.currentKeyboard();
    const key = (text) => button({ class: "key", onclick: () => this.say({ text }) }, make("span", { dir: "auto" }, text));
    redraw(this.keys, keyboard, () => keyboard?.map((row) => make("div", { class: "keyboard-row" }, row.map(key))));
  }

  drawBar({ blocked, empty, bot }) {
    const { name, deleted } = this.person;
    if (deleted) return make("p", { class: "shut" }, make("span", {}, isolated(name), " deleted their account."));
    if (blocked) {
      const unblock = () => attempt("/sandbox/unblock", { person: this.personId, bot: bot.id });
      return make("p", { class: "shut" }, make("span", {}, isolated(name), " blocked ", isolated(bot.name), "."),
        button({ class: "button", onclick: unblock }, "Unblock"));
    }
    const onclick = () => this.say({ text: "/start" });
    return bot && empty ? button({ class: "button primary start", onclick }, "Start") : null;
  }

  /** The reply keyboard that counts is the last one the bot sent or removed. */
  currentKeyboard() {
    const last = this.chat.messages.findLast((message) => message.keyboard);
    return Array.isArray(last?.keyboard) ? last.keyboard : null;
  }

  drawCommands() {
    const group = this.chat.type !== "private";
    const rows = this.chat.bots.map(botOf).filter(Boolean).flatMap((bot) => {
      const own = group ? undefined : bot.commands_to?.[this.person.id];
      const commands = own ?? bot.commands_by?.[this.person.language] ?? bot.commands;
      return commands.map(({ command, description }) => {
        const text = group ? `/${command}@${bot.username}` : `/${command}`;
        return button({ class: "menu-row", onclick: () => this.say({ text }) },
          make("span", { class: "command", dir: "ltr" }, `/${command}`),
          make("span", { class: "what", dir: "auto" }, description));
      });
    });
    const none = "This bot has not named any commands. You can still write one, such as /start.";
    this.commands.replaceChildren(...(rows.length ? rows : [make("p", { class: "hint" }, none)]));
  }

  drawAttachments() {
    const row = (drawing, label, onclick) => button({ class: "menu-row", onclick }, icon(drawing), label);
    this.attachments.replaceChildren(
      row("voice", "Voice note", () => this.say({ voice: true })),
      row("photo", "Photo", () => this.say({ photo: true })),
      row("smile", "Sticker", () => this.say({ sticker: "🙂" })),
      row("link", "Open an invitation link…",
        () => askIn(document.querySelector("#link-dialog"), ({ link }) => this.openLink(link))));
  }

  /** Says to what the next text is an answer, or, with `editing`, which of one's own messages it replaces. */
  answer(message, editing = false) {
    this.answering = message && { message, editing };
    if (editing) this.text.value = message.text;
    this.strip.replaceChildren(...(message ? [
      icon(editing ? "pencil" : "reply"),
      make("p", {}, make("strong", {}, editing ? "Edit" : "Reply"), " ", make("span", { dir: "auto" }, inShort(message))),
      iconButton("close", editing ? "Stop editing" : "Stop replying", () => this.stopAnswering())] : []));
    this.grow();
    if (message) this.text.focus();
  }

  stopAnswering() {
    if (this.answering?.editing) this.text.value = "";
    this.answer(null);
    this.text.focus();
  }

  typed(event) {
    if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      this.send();
    }
    if (event.key === "Escape" && this.answering) this.stopAnswering();
  }

  async send() {
    const text = this.text.value.trim();
    if (!text) return;
    const answering = this.answering;
    this.text.value = "";
    this.answer(null);
    const done = answering?.editing
      ? await this.post("/sandbox/edit", { text, message: answering.message.id })
      : await this.say({ text, ...(answering && { reply_to: answering.message.id }) });
    if (!done && !this.text.value) this.text.value = text;   // it was refused: nobody should have to write it twice
    this.grow();
  }

  say(what) {
    return this.post("/sandbox/say", what);
  }

  post(path, what) {
    return attempt(path, { person: this.personId, ...addressOf(this.chat), ...what });
  }

  /** The field is as high as its text, up to the limit in the style sheet. */
  grow() {
    this.text.style.height = "";
    this.text.style.height = `${this.text.scrollHeight + 2}px`;   // and its border
  }
}
