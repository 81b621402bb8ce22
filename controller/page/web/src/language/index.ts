/** The words of the page in the language that was chosen. Both catalogues have the same keys: a test holds them to it. */
import type { Language, Sentence } from "../wire/types";
import en from "./en.json";
import zh from "./zh.json";

export type Key = keyof typeof en;

const CATALOGUES: Record<Language, Record<Key, string>> = { en, zh };
const KEPT = "clearway.language";

let chosen: Language = first();

function first(): Language {
  const kept = localStorage.getItem(KEPT);
  if (kept === "en" || kept === "zh") return kept;
  return navigator.language.toLowerCase().startsWith("zh") ? "zh" : "en";
}

export function language(): Language {
  return chosen;
}

/** Speaks another language from now on; whoever shows words draws them anew. */
export function speak(wanted: Language): void {
  chosen = wanted;
  localStorage.setItem(KEPT, wanted);
  document.documentElement.lang = wanted === "zh" ? "zh-CN" : "en";
}

/** The words of a key. `{name}` stands for a value; `{n|one|many}` chooses by the number n (English). */
export function t(key: Key, values: Record<string, string | number> = {}): string {
  return CATALOGUES[chosen][key].replace(/\{(\w+)(?:\|([^|}]*)\|([^}]*))?\}/g, (whole, name: string, one?: string, many?: string) => {
    const value = values[name];
    if (value === undefined) return whole;
    if (one === undefined || many === undefined) return String(value);
    return Number(value) === 1 ? one : many;
  });
}

/** The words of a key that is made of what the server says; what is not known is shown as it was said. */
export function said(prefix: string, word: string): string {
  const key = `${prefix}.${word}`;
  return key in en ? t(key as Key) : word;
}

/** An intent's sentence in the language that was chosen, where it has one there. */
export function sentence(of: Sentence): string {
  return (chosen === "zh" && of.zh) || of.en;
}
