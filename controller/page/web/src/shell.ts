/** What is around every view: name, the way between views, how all stands, whether the line is there, who is here. */
import { fill, h, mark } from "./dom";
import { said, t } from "./language";
import { clock } from "./quantities";
import { preferences } from "./preferences";
import { follow, present } from "./present";
import { VIEWS, address, route } from "./route";
import { STATES } from "./wire/types";

export interface Shell {
  /** Where a view draws itself. */
  main: HTMLElement;
}

/** Draws the frame; `anew` draws everything again, in another language; `leave` ends the session. */
export function showShell(page: HTMLElement, until: AbortSignal, anew: () => void, leave: () => void): Shell {
  const main = h("main", { id: "main", tabindex: "-1" });
  const line = h("p", { class: "line", role: "status" });
  const counts = h("p", { class: "counts" });
  const ways = h("nav", { "aria-label": t("nav.label") });
  const session = present.session;

  const drawWays = (): void => {
    const here = route().view;
    fill(ways, VIEWS.map((view) => h("a", { href: address(view), "aria-current": view === here ? "page" : null }, t(`nav.${view}`))));
  };
  const drawCounts = (): void => {
    const found = new Map<string, number>();
    for (const intent of present.intents.values()) {
      const state = intent.resting ? "resting" : intent.state;
      found.set(state, (found.get(state) ?? 0) + 1);
    }
    fill(
      counts,
      [...STATES, "resting" as const]
        .filter((state) => found.get(state))
        .map((state) => h("span", { class: `count ${state}` }, mark(state), ` ${found.get(state)} ${said("count", state)}`)),
    );
  };
  const drawLine = (): void => {
    line.className = `line ${present.connected ? "" : "cut"}`;
    line.textContent = present.connected
      ? t("line.live", { time: clock(present.asOf) })
      : t("line.cut", { time: clock(present.asOf) });
  };

  fill(
    page,
    h("a", { class: "skip", href: "#main", onclick: (event: Event) => { event.preventDefault(); main.focus(); } }, t("nav.skip")),
    h(
      "header",
      { class: "top" },
      h("p", { class: "name" }, h("strong", {}, "Clearway"), h("span", { class: "dim" }, session?.campus ?? "")),
      ways,
      counts,
      line,
      h(
        "div",
        { class: "preferences" },
        preferences(anew),
        h("span", { class: "who", title: (session?.roles ?? []).map((role) => said("role", role)).join(", ") },
          session?.user ?? "", " ", h("span", { class: "dim" }, said("role", session?.role ?? ""))),
        h("button", { class: "quiet", type: "button", onclick: leave }, t("login.leave")),
      ),
    ),
    main,
  );
  drawWays();
  drawCounts();
  drawLine();
  window.addEventListener("hashchange", drawWays, { signal: until });
  follow("intents", drawCounts, until);
  follow("line", drawLine, until);
  follow("status", drawLine, until);
  return { main };
}
