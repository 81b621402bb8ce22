/** Measured rates and delays of every service that is promised something, against the promise and the bound. */
import { fill, h, mark } from "../dom";
import { sentence, t } from "../language";
import { boundWords, guaranteeWords } from "../intents/words";
import { shownState } from "../intents/list";
import { present } from "../present";
import { address } from "../route";
import type { Intent } from "../wire/types";
import { intentSeries } from "./series";

const SPANS = [15, 60, 24 * 60] as const;
const AT_ONCE = 12;

export function showTime(into: HTMLElement, until: AbortSignal): void {
  let minutes: number = SPANS[0];
  let inside = new AbortController();
  const spans = h("div", { class: "filters", role: "group", "aria-label": t("time.span") });
  const list = h("div");
  const owed = [...present.intents.values()].filter(promised).sort((a, b) => a.name.localeCompare(b.name, "en", { numeric: true }));

  const draw = (): void => {
    inside.abort();
    inside = new AbortController();
    fill(spans, SPANS.map((span) =>
      h("button", { type: "button", class: "chip-button", "aria-pressed": String(span === minutes), onclick: () => { minutes = span; draw(); } },
        span < 120 ? t("time.minutes", { n: span }) : t("time.hours", { n: span / 60 }))));
    const seen = new IntersectionObserver((entries) => {
      for (const entry of entries) {
        const slot = entry.target as HTMLElement;
        if (!entry.isIntersecting || slot.childElementCount > 0) continue;
        fill(slot, intentSeries(slot.dataset["intent"] ?? "", AbortSignal.any([inside.signal, until]), false, minutes));
      }
    });
    inside.signal.addEventListener("abort", () => seen.disconnect());
    fill(list, owed.length === 0 ? h("p", { class: "dim" }, t("time.none")) : owed.map((intent, number) => service(intent, number < AT_ONCE, seen)));
  };
  fill(into, h("div", { class: "column" }, h("h1", {}, t("time.title")), h("p", { class: "dim" }, t("time.lead")), spans, list));
  draw();
  until.addEventListener("abort", () => inside.abort());
}

function promised(intent: Intent): boolean {
  const owed = intent.guarantee;
  return Boolean(owed.rate_bps ?? owed.deliver ?? owed.latency_us ?? owed.limit_bps);
}

function service(intent: Intent, open: boolean, seen: IntersectionObserver): HTMLElement {
  const state = shownState(intent);
  const slot = h("div", { "data-intent": intent.name });
  seen.observe(slot);
  return h("details", { class: "service", open },
    h("summary", {}, mark(state), h("span", { class: "sentence" }, sentence(intent.sentence)), h("span", { class: "dim small" }, [guaranteeWords(intent.guarantee).join(", "), boundWords(intent)].filter(Boolean).join(" \u00b7 "))),
    h("p", { class: "small" }, h("a", { href: address("intents", intent.name) }, t("time.way"))),
    slot);
}
