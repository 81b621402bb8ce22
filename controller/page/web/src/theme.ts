/** Light or dark: as the system says, until somebody chooses. */

export type Theme = "auto" | "light" | "dark";

const KEPT = "clearway.theme";
const ORDER: readonly Theme[] = ["auto", "light", "dark"];

export function theme(): Theme {
  const kept = localStorage.getItem(KEPT);
  return kept === "light" || kept === "dark" ? kept : "auto";
}

export function setTheme(wanted: Theme): void {
  localStorage.setItem(KEPT, wanted);
  show();
}

/** The one after, for a button that goes round. */
export function nextTheme(): Theme {
  return ORDER[(ORDER.indexOf(theme()) + 1) % ORDER.length] ?? "auto";
}

/** Puts the choice where the style sheet looks for it. */
export function show(): void {
  document.documentElement.dataset["theme"] = theme();
}
