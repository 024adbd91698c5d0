// The server sends each message's text as HTML it has made safe. The page does not take its word for it: only the
// tags Telegram itself shows are rebuilt, one by one; every other tag leaves its text behind and nothing else.

import { button, make } from "./dom.js";

const PLAIN = new Set(["B", "STRONG", "I", "EM", "U", "INS", "S", "DEL", "CODE", "PRE", "BLOCKQUOTE", "BR"]);
const SILENT = new Set(["SCRIPT", "STYLE", "TEMPLATE", "IFRAME", "OBJECT", "NOSCRIPT"]);
const LINK_SCHEMES = new Set(["http:", "https:", "tg:", "mailto:", "tel:"]);
// What Telegram makes tappable by itself in plain text: addresses, t.me links and /commands.
const TAPPABLE = /(https?:\/\/[^\s<>"]+|\bt\.me\/[^\s<>"]+)|(?<![\p{L}\d/])(\/[a-z][a-z0-9_]{0,31}(?:@\w+)?)(?![\w/])/gu;

/** A message's HTML as nodes. `on.link(url)` says whether it took the link; `on.command(text)`, if any, sends one. */
export function safeNodes(html, on) {
  const parsed = new DOMParser().parseFromString(html, "text/html");
  return [...parsed.body.childNodes].flatMap((node) => rebuilt(node, on, false));
}

function rebuilt(node, on, literal) {
  if (node.nodeType === Node.TEXT_NODE) return literal ? [node.data] : withTappables(node.data, on);
  if (node.nodeType !== Node.ELEMENT_NODE || SILENT.has(node.tagName)) return [];
  const inside = literal || ["A", "CODE", "PRE"].includes(node.tagName);
  const children = [...node.childNodes].flatMap((child) => rebuilt(child, on, inside));
  if (PLAIN.has(node.tagName)) return [make(node.tagName.toLowerCase(), {}, children)];
  if (node.tagName === "A") return [link(node.getAttribute("href") ?? "", children, on)];
  if (node.tagName === "TG-SPOILER") return [spoiler(children)];
  return children;
}

function withTappables(text, on) {
  const parts = [];
  let end = 0;
  for (const match of text.matchAll(TAPPABLE)) {
    const found = match[0].replace(/[.,;:!?)\]،؛؟۔]+$/u, "");
    parts.push(text.slice(end, match.index));
    if (match[1]) parts.push(link(found, [found], on));
    else if (on.command) parts.push(button({ class: "link", dir: "ltr", onclick: () => on.command(found) }, found));
    else parts.push(found);
    end = match.index + found.length;
  }
  return [...parts, text.slice(end)];
}

/** An address as the browser reads it, or null when it is none that may be opened. */
export function address(href) {
  const whole = /^t\.me\//.test(href) ? `https://${href}` : href;
  const url = URL.canParse(whole) ? new URL(whole) : null;
  return url && LINK_SCHEMES.has(url.protocol) ? url.href : null;
}

function link(href, children, on) {
  const url = address(href);
  if (!url) return make("span", {}, children);
  const onclick = (event) => { if (on.link(url)) event.preventDefault(); };
  return make("a", { href: url, target: "_blank", rel: "noopener noreferrer", onclick }, children);
}

function spoiler(children) {
  const element = make("span", { class: "spoiler", role: "button", tabindex: "0", "aria-label": "Hidden text: show it" },
    make("span", {}, children));
  const show = () => {
    element.classList.add("shown");
    for (const name of ["role", "tabindex", "aria-label"]) element.removeAttribute(name);
  };
  element.addEventListener("click", show);
  element.addEventListener("keydown", (event) => { if (["Enter", " "].includes(event.key)) show(); });
  return element;
}
