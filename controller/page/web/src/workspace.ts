/** Map and intents in one view: the map stays while a panel beside it lists, explains, or tells of what was chosen. */
import { fill, h } from "./dom";
import { detail, type Shown } from "./intents/detail";
import { intentList } from "./intents/list";
import { t } from "./language";
import { litBetween, litOf } from "./map/lit";
import { NetworkMap } from "./map/map";
import { searchBox } from "./map/search";
import { follow, present } from "./present";
import { go, route } from "./route";
import { nodePanel } from "./map/node";
import { overview } from "./overview";
import type { IntentInFull } from "./wire/types";

export function showWorkspace(into: HTMLElement, until: AbortSignal): void {
  const list = h("section", { class: "list", "aria-label": t("nav.intents") });
  const panel = h("section", { class: "panel", "aria-label": t("panel.label") });
  const map = new NetworkMap((id) => go("map", id));
  let shown: Shown | null = null;
  let inside = new AbortController();

  fill(into, h("div", { class: "workspace" }, searchBox(), list, panel, map.element));
  const work = into.firstElementChild as HTMLElement;

  const light = (intent: IntentInFull, pair: number): void => map.light(litOf(map.tree, intent, intent.ways[pair]));
  const follower = (): void => {
    const { view, what } = route();
    if (view !== "map" && view !== "intents") return;
    const key = `${view}/${what}`;
    if (work.dataset["key"] === key) return;
    work.dataset["key"] = key;
    work.dataset["view"] = view;
    work.dataset["chosen"] = String(what !== "");
    into.className = view;
    inside.abort();
    inside = new AbortController();
    shown = null;
    const bound = present.intents.get(what)?.bound;
    if (view === "intents" && what) {
      if (bound) map.light(litBetween(map.tree, bound.from, bound.to));
      shown = detail(what, AbortSignal.any([inside.signal, until]), light);
      fill(panel, shown.element);
    } else {
      map.light(null);
      fill(panel, view === "map" && what ? nodePanel(what, AbortSignal.any([inside.signal, until])) : overview(AbortSignal.any([inside.signal, until])));
    }
    map.select(view === "map" ? what : "");
    panel.scrollTop = 0;
    markChosen(list, view === "intents" ? what : "");
  };

  map.update();
  fill(list, intentList(until));
  follower();
  const sized = new ResizeObserver(() => map.resized());
  sized.observe(map.element);
  until.addEventListener("abort", () => sized.disconnect());
  window.addEventListener("hashchange", follower, { signal: until });
  follow("network", () => map.update(), until);
  follow("intents", () => {
    markChosen(list, route().view === "intents" ? route().what : "");
    const name = route().view === "intents" ? route().what : "";
    const now = present.intents.get(name);
    if (shown && now) shown.update(now);
  }, until);
}

function markChosen(list: HTMLElement, name: string): void {
  for (const link of list.querySelectorAll<HTMLElement>("a[data-intent]")) {
    if (link.dataset["intent"] === name) {
      link.setAttribute("aria-current", "true");
      link.scrollIntoView({ block: "nearest" });
    } else link.removeAttribute("aria-current");
  }
}
