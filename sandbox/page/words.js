// How names and languages are written on the page.

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
