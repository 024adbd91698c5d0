// How names, languages and times are written on the page.

// The languages Kith ships, by their own names. Browsers know more, but not all of them know all of these.
const AUTONYMS = {
  en: "English", cy: "Cymraeg", pl: "Polski", ro: "Română", uk: "Українська", ar: "العربية",
  ur: "اردو", bn: "বাংলা", pa: "ਪੰਜਾਬੀ", so: "Soomaali", pt: "Português", es: "Español",
};
export const LANGUAGES = Object.keys(AUTONYMS);

/** A language's own name. */
export function autonym(code) {
  return AUTONYMS[code] ?? named(code, code);
}

/** A language's English name. */
export function languageName(code) {
  return named(code, "en");
}

function named(code, reader) {
  try {
    return new Intl.DisplayNames([reader], { type: "language" }).of(code);
  } catch {
    return code ?? "unknown";   // not a language tag: show what was given
  }
}

/** One or two letters for a round picture. */
export function initials(name) {
  const words = name.trim().split(/\s+/u);
  const letters = words.length > 1 ? [words[0], words.at(-1)] : words;
  return letters.map((word) => [...word][0] ?? "").join("").toUpperCase();
}

/** One of eight colours, always the same for the same id. */
export function tone(id) {
  return Math.abs(Number(id) % 1009) % 8;
}

const HOUR = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit" });
const SECOND = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", second: "2-digit" });
const DAY = new Intl.DateTimeFormat("en-GB", { weekday: "long", day: "numeric", month: "long" });
const MOMENT = new Intl.DateTimeFormat("en-GB",
  { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

export const hourOf = (iso) => HOUR.format(new Date(iso));
export const secondOf = (iso) => SECOND.format(new Date(iso));
export const dayOf = (iso) => DAY.format(new Date(iso));
export const momentOf = (date) => MOMENT.format(date);

/** A date as <input type="datetime-local"> wants it, in this browser's time zone. */
export function fieldValue(date) {
  const local = new Date(date.getTime() - date.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
