/** Which view is shown: `#/intents/ct-study`. Links are plain links, and going back works as everywhere. */

export type View = "map" | "intents" | "say" | "capacity" | "time" | "history";

export const VIEWS: readonly View[] = ["map", "intents", "say", "capacity", "time", "history"];

export interface Route {
  view: View;
  /** What of it: an intent's name, a node's id. */
  what: string;
}

export function route(): Route {
  const [view = "", ...rest] = location.hash.replace(/^#\/?/, "").split("/");
  return {
    view: VIEWS.find((known) => known === view) ?? "map",
    what: decodeURIComponent(rest.join("/")),
  };
}

export function address(view: View, what = ""): string {
  return `#/${view}${what ? `/${encodeURIComponent(what)}` : ""}`;
}

export function go(view: View, what = ""): void {
  location.hash = address(view, what);
}
