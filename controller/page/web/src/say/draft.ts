/** The sentence that somebody is trying, kept between views so that capacity can be shown with it. */

const KEPT = "clearway.draft";

export function draft(): string {
  return sessionStorage.getItem(KEPT) ?? "";
}

export function keepDraft(words: string): void {
  if (words) sessionStorage.setItem(KEPT, words);
  else sessionStorage.removeItem(KEPT);
}
