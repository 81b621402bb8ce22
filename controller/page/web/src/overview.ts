/** How all stands: what does not hold, what drifted, who mends by hand. Shown while nothing is chosen. */
import { fill, h, mark } from "./dom";
import { said, sentence, t } from "./language";
import { shownState } from "./intents/list";
import { driftList } from "./intents/proof";
import { count, moment } from "./quantities";
import { follow, present } from "./present";
import { address } from "./route";
import { get } from "./wire/call";
import type { BreakGlass, Drift } from "./wire/types";
import { breakGlassList } from "./history/breakglass";
import { diagnostics } from "./faults";

export function overview(until: AbortSignal): HTMLElement {
  const verdict = h("div");
  const drifted = h("div");
  const held = h("div");
  const draw = (): void => fill(verdict, standing(), whatHappened());
  const look = async (): Promise<void> => {
    const [drift, glass] = await Promise.all([
      get<{ drift: Drift[] }>("drift", until).catch(() => null),
      get<{ breakglass: BreakGlass[] }>("breakglass", until).catch(() => null),
    ]);
    if (until.aborted) return;
    fill(drifted, drift && drift.drift.length > 0 && [h("h2", {}, mark("drifted"), " ", t("drift.title", { n: drift.drift.length })), driftList(drift.drift.slice(0, 20))]);
    fill(held, glass && glass.breakglass.length > 0 && [h("h2", {}, t("glass.title")), breakGlassList(glass.breakglass)]);
  };
  draw();
  void look();
  follow("intents", draw, until);
  follow("status", draw, until);
  follow("drift", () => void look(), until);
  return h("article", { class: "overview" }, verdict, held, drifted, h("p", { class: "dim small hint-keys" }, t("map.keys")));
}

function standing(): HTMLElement[] {
  const all = [...present.intents.values()];
  const bad = all.filter((intent) => !["holds", "resting"].includes(shownState(intent)));
  const good = all.filter((intent) => shownState(intent) === "holds").length;
  const state = bad.length === 0 ? "holds" : bad.some((intent) => intent.state === "broken") ? "broken" : bad[0]?.state ?? "unknown";
  return [
    h("h1", { class: `verdict ${state}` }, mark(state), h("span", {}, bad.length === 0 ? t("overview.all", { n: good }) : t("overview.some", { good, n: bad.length }))),
    h("p", { class: "dim" }, networkWords()),
    ...(bad.length === 0 ? [] : [h("ul", { class: "intent-list" }, bad.slice(0, 30).map((intent) =>
      h("li", {}, h("a", { href: address("intents", intent.name), class: intent.state }, mark(intent.state),
        h("span", { class: "sentence" }, sentence(intent.sentence)),
        h("span", { class: "facts" }, h("span", { class: `word ${intent.state}` }, said("state", intent.state)), intent.why)))))]),
  ];
}

function networkWords(): string {
  const of = (kind: string): number => [...present.nodes.values()].filter((node) => node.kind === kind).length;
  return t("overview.network", { switches: count(of("switch")), olts: count(of("olt")), pons: count(of("pon")), onus: count(of("onu")), places: count(of("place")) });
}

function whatHappened(): HTMLElement | null {
  const status = present.status;
  if (!status || status.cause === "drift" || (status.details.length === 0 && status.faults.length === 0)) return null;
  return h("section", {}, h("h2", {}, t("overview.last", { time: moment(status.time) })),
    status.details.length > 0 && h("ul", { class: "plain" }, status.details.slice(0, 12).map((words) => h("li", {}, words))),
    status.faults.length > 0 && diagnostics(status.faults));
}
