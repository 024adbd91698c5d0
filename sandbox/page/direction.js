// Which way a text runs. Browsers look for the first strong letter, but when they align a line (and for dir="auto")
// they also look inside isolates, where Kith puts names and titles: an Urdu line that begins with "Mill Road" would
// stick to the left. The Unicode rule skips isolates (UAX 9, P2), and so does Telegram.

import { make } from "./dom.js";

const RIGHT_TO_LEFT = new RegExp("[\\u200F\\u061C]|(?=\\p{L})[\\p{Script=Arabic}\\p{Script=Hebrew}\\p{Script=Syriac}"
  + "\\p{Script=Thaana}\\p{Script=Nko}\\p{Script=Adlam}]", "u");
const STRONG = new RegExp("\\p{L}|[\\u200E\\u200F\\u061C]", "u");
const ISOLATED = /[\u2066-\u2068][^\u2066-\u2069]*\u2069/gu;

/** "rtl" or "ltr" by the first strong letter outside isolates; null when there is none. */
export function directionOf(text) {
  let outside = text;
  while (ISOLATED.test(outside)) outside = outside.replace(ISOLATED, "");   // from the innermost outwards
  const first = STRONG.exec(outside)?.[0];
  if (!first) return null;
  return RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr";
}

const naive = (text) => {
  const first = STRONG.exec(text)?.[0];
  return first && (RIGHT_TO_LEFT.test(first) ? "rtl" : "ltr");
};

const BLOCKS = new Set(["BLOCKQUOTE", "PRE"]);

/**
 * Sets an element's direction, and helps those of its lines that a browser would align wrongly: an empty mark goes to
 * their head (its letter lives in the style sheet, so that copied text and scripts never meet it).
 */
export function directLines(element) {
  const text = element.textContent;
  element.dir = directionOf(text.split("\n").find((line) => directionOf(line)) ?? "") ?? "auto";
  let line = [];
  const finish = () => {
    const words = line.map((node) => node.data).join("");
    const right = directionOf(words);
    if (right && right !== naive(words)) line[0].before(make("span", { class: `mark-${right}`, "aria-hidden": "true" }));
    line = [];
  };
  const visit = (node) => {
    for (const child of [...node.childNodes]) {
      if (child.nodeType === Node.TEXT_NODE) split(child);
      else if (child.tagName === "BR") finish();
      else {
        if (BLOCKS.has(child.tagName)) finish();
        visit(child);
        if (BLOCKS.has(child.tagName)) finish();
      }
    }
  };
  /** Line breaks inside a text node end a line too. */
  const split = (node) => {
    const end = node.data.indexOf("\n");
    if (end < 0) { line.push(node); return; }
    const rest = node.splitText(end + 1);
    line.push(node);
    finish();
    split(rest);
  };
  visit(element);
  finish();
  return element;
}
