/** What was measured of one intent, beside what it is promised and what it has at worst. */
import { fill, h } from "../dom";
import { t } from "../language";
import { duration, rate } from "../quantities";
import { get } from "../wire/call";
import { present } from "../present";
import type { Point, Series } from "../wire/types";
import { type Level, chart } from "./chart";

const AGAIN_MS = 5_000;
const AT_FIRST = 3;

/** heading: whether one is wanted. minutes: how far back. Drawn anew every five seconds while it is shown. */
export function intentSeries(name: string, until: AbortSignal, heading: boolean, minutes = 15): HTMLElement {
  const section = h("section", { class: "time" });
  const load = async (): Promise<void> => {
    const to = new Date();
    const from = new Date(to.getTime() - minutes * 60_000);
    const query = new URLSearchParams({ intent: name, from: from.toISOString(), to: to.toISOString() });
    const found = await get<Series>(`series?${query}`, until).catch(() => null);
    if (found && !until.aborted) {
      const open = section.querySelector("details")?.open ?? false;
      fill(section, charts(found, heading, open));
    }
  };
  void load();
  const timer = window.setInterval(() => document.hidden || void load(), AGAIN_MS);
  until.addEventListener("abort", () => window.clearInterval(timer));
  return section;
}

/** The busiest pairs first, the rest when somebody asks. open: whether somebody has. */
function charts(of: Series, heading: boolean, open: boolean): (HTMLElement | false)[] {
  const levelsOfRate: Level[] = [];
  if (of.guarantee?.rate_bps) levelsOfRate.push({ value: of.guarantee.rate_bps, kind: "owed", words: t("time.promised", { value: rate(of.guarantee.rate_bps) }) });
  const limit = present.intents.get(of.intent)?.guarantee.limit_bps;
  if (limit) levelsOfRate.push({ value: limit, kind: "owed", words: t("owed.limit", { rate: rate(limit) }) });
  if (of.bound?.rate_bps) levelsOfRate.push({ value: of.bound.rate_bps, kind: "bound", words: t("time.atleast", { value: rate(of.bound.rate_bps) }) });
  const levelsOfDelay: Level[] = [];
  if (of.guarantee?.latency_us) levelsOfDelay.push({ value: of.guarantee.latency_us, kind: "owed", words: t("time.promised", { value: duration(of.guarantee.latency_us) }) });
  if (of.bound?.delay_us) levelsOfDelay.push({ value: of.bound.delay_us, kind: "bound", words: t("time.atmost", { value: duration(of.bound.delay_us) }) });
  const measured = [
    ...of.rates.filter((line) => line.points.length > 0).sort((a, b) => busiest(b.points) - busiest(a.points)).map((line) => chart(`${t("time.rate")} ${line.pair}${line.where ? `, ${line.where}` : ""}`, [line], levelsOfRate, rate, of.from, of.to)),
    ...of.delays.filter((line) => line.points.length > 0).map((line) => chart(`${t("time.delay")} ${line.pair}${line.where ? `, ${line.where}` : ""}`, [line], levelsOfDelay, duration, of.from, of.to)),
  ];
  if (measured.length === 0) return [];
  const rest = measured.slice(AT_FIRST);
  return [
    heading && h("h2", {}, t("time.title")),
    h("div", { class: "charts" }, measured.slice(0, AT_FIRST)),
    rest.length > 0 && h("details", { open }, h("summary", {}, t("capacity.more", { n: rest.length })), h("div", { class: "charts" }, rest)),
  ];
}

function busiest(points: readonly Point[]): number {
  return Math.max(...points.map((point) => point[1]));
}
