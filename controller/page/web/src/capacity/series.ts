/** What was measured of one intent, beside what it is promised and what it has at worst. */
import { fill, h } from "../dom";
import { t } from "../language";
import { duration, rate } from "../quantities";
import { get } from "../wire/call";
import type { Series } from "../wire/types";
import { type Level, chart } from "./chart";

const AGAIN_MS = 5_000;

/** minutes: how far back. Drawn anew every five seconds while it is shown. */
export function intentSeries(name: string, until: AbortSignal, minutes = 15): HTMLElement {
  const section = h("section", { class: "time" });
  const load = async (): Promise<void> => {
    const to = new Date();
    const from = new Date(to.getTime() - minutes * 60_000);
    const query = new URLSearchParams({ intent: name, from: from.toISOString(), to: to.toISOString() });
    const found = await get<Series>(`series?${query}`, until).catch(() => null);
    if (found && !until.aborted) fill(section, charts(found));
  };
  void load();
  const timer = window.setInterval(() => document.hidden || void load(), AGAIN_MS);
  until.addEventListener("abort", () => window.clearInterval(timer));
  return section;
}

function charts(of: Series): HTMLElement[] {
  const levelsOfRate: Level[] = [];
  if (of.guarantee?.rate_bps) levelsOfRate.push({ value: of.guarantee.rate_bps, kind: "owed", words: t("time.promised", { value: rate(of.guarantee.rate_bps) }) });
  if (of.bound?.rate_bps) levelsOfRate.push({ value: of.bound.rate_bps, kind: "bound", words: t("time.atleast", { value: rate(of.bound.rate_bps) }) });
  const levelsOfDelay: Level[] = [];
  if (of.guarantee?.latency_us) levelsOfDelay.push({ value: of.guarantee.latency_us, kind: "owed", words: t("time.promised", { value: duration(of.guarantee.latency_us) }) });
  if (of.bound?.delay_us) levelsOfDelay.push({ value: of.bound.delay_us, kind: "bound", words: t("time.atmost", { value: duration(of.bound.delay_us) }) });
  const measured = [
    ...of.rates.filter((line) => line.points.length > 0).map((line) => chart(`${t("time.rate")} ${line.pair}${line.where ? `, ${line.where}` : ""}`, [line], levelsOfRate, rate, of.from, of.to)),
    ...of.delays.filter((line) => line.points.length > 0).map((line) => chart(`${t("time.delay")} ${line.pair}${line.where ? `, ${line.where}` : ""}`, [line], levelsOfDelay, duration, of.from, of.to)),
  ];
  return measured.length > 0 ? [h("h2", {}, t("time.title")), h("div", { class: "charts" }, measured)] : [];
}
