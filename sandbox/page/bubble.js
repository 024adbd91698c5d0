// One message as a messenger shows it. Direction follows the text: each message's, and inside it each line's.

import { directLines, directionOf } from "./direction.js";
import { button, icon, iconButton, isolated, make, set, unseen } from "./dom.js";
import { safeNodes } from "./safe.js";
import { dayOf, hourOf } from "./times.js";
import { tone } from "./words.js";

/**
 * The rows of a chat for dom.follow: days, service lines and bubbles.
 * `on` says what a phone does: tap(message, its button), link(url), command(text), reply(message), edit(message).
 */
export function rowsOf(chat, person, on) {
  const rows = [];
  const byId = new Map(chat.messages.map((message) => [message.id, message]));
  let day = null;
  let before = null;
  for (const message of chat.messages) {
    const today = dayOf(message.date);
    if (today !== day) {
      const create = () => make("p", { class: "day" });
      rows.push({ key: `day ${today} ${message.id}`, create, facts: today, draw: () => today });
      before = null;
    }
    day = today;
    const answered = byId.get(message.reply_to) ?? null;
    const follows = before && !before.service && before.from?.id === message.from?.id;
    rows.push({
      key: message.id,
      create: () => make("article", { "data-message": message.id, tabindex: "-1" }),
      facts: [message, answered, Boolean(follows)],
      draw: (element) => drawMessage(element, message, { answered, follows, chat, person, on }),
    });
    before = message;
  }
  return rows;
}

function drawMessage(element, message, { answered, follows, chat, person, on }) {
  if (message.service) {
    element.className = "message service";
    return make("p", { dir: "auto" }, message.service);
  }
  const mine = message.from.id === person.id;
  const direction = message.text ? directionOf(message.text) ?? "ltr" : "ltr";
  element.className = ["message", mine ? "mine" : "theirs", follows && "follows", direction].filter(Boolean).join(" ");
  set(element, "aria-label", `${mine ? "You" : message.from.name}, ${hourOf(message.date)}`);
  const sender = chat.type !== "private" && !mine && !follows
    && make("p", { class: `sender tone-text-${tone(message.from.id)}`, dir: "auto" }, message.from.name);
  const bubble = make("div", { class: `bubble${message.sticker ? " bare" : ""}`, dir: direction },
    sender, message.forwarded && make("p", { class: "forwarded", dir: "auto" }, `Forwarded from ${message.forwarded}`),
    answered && quote(answered), attachment(message), words(message, mine ? { ...on, command: null } : on));
  return [
    make("div", { class: "bubble-row" }, bubble, tools(message, mine, on)),
    message.buttons?.length && keyboard(message, on),
    message.reactions?.length && make("p", { class: "reactions" }, unseen("Reactions: "), message.reactions.join(" ")),
  ];
}

function words(message, on) {
  const edited = message.edited && make("span", {}, "edited");
  const meta = make("p", { class: "meta" }, edited, make("time", { datetime: message.date }, hourOf(message.date)));
  const text = message.html && directLines(make("div", { class: "text" }, safeNodes(message.html, on)));
  return make("div", { class: "words" }, text, meta);
}

function quote(answered) {
  return make("div", { class: "quote" }, make("p", { class: "quote-name", dir: "auto" }, answered.from?.name ?? ""),
    make("p", { class: "quote-text", dir: "auto" }, inShort(answered)));
}

/** A message in a few words, for quotes and the pinned bar. */
export function inShort(message) {
  if (message.text) return message.text;
  if (message.sticker) return `${message.sticker} Sticker`;
  if (message.photo) return "Photo";
  if (message.voice) return "Voice message";
  if (message.contact) return `Contact: ${message.contact}`;
  return message.document?.name ?? message.service ?? "";
}

function attachment(message) {
  if (message.sticker) return make("p", { class: "sticker", role: "img", "aria-label": inShort(message) }, message.sticker);
  if (message.photo) {
    return make("a", { class: "photo", href: message.photo, target: "_blank", rel: "noopener" },
      make("img", { src: message.photo, alt: message.text ? "Photo, described by its caption" : "Photo" }));
  }
  if (message.voice) return make("audio", { controls: true, preload: "none", src: message.voice, "aria-label": inShort(message) });
  if (message.document) {
    const { name, url } = message.document;
    return make("a", { class: "document", href: url, download: name }, icon("file"), isolated(name));
  }
  if (message.contact) return make("p", { class: "contact", dir: "auto" }, inShort(message));
  return null;
}

function keyboard(message, on) {
  return make("div", { class: "keyboard", role: "group", "aria-label": "Buttons of this message" },
    message.buttons.map((row) =>
      make("div", { class: "keyboard-row" }, row.map((one) => inlineButton(message, one, on)))));
}

function inlineButton(message, pressed, on) {
  const tap = async (event) => {
    const element = event.currentTarget;
    element.setAttribute("aria-busy", "true");
    await on.tap(message, pressed);
    element.removeAttribute("aria-busy");
  };
  return button({ class: "key", "data-carries": pressed.data ?? pressed.url, onclick: tap },
    make("span", { dir: "auto" }, pressed.text), pressed.url && icon("out"));
}

/** What one can do with a message itself; shown on hover and focus. */
function tools(message, mine, on) {
  return make("div", { class: "tools" },
    iconButton("reply", "Reply to this message", () => on.reply(message)),
    mine && message.text && !message.caption && iconButton("pencil", "Edit this message", () => on.edit(message)));
}
