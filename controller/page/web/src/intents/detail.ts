/** One intent: what it owes, how that is proven, its way hop by hop; where it is broken, the packet and what to blame. */
import { fill, h, mark } from "../dom";
import { faultBlock } from "../faults";
import { said, sentence, t } from "../language";
import { duration, moment, rate } from "../quantities";
import { present } from "../present";
import { address } from "../route";
import { get } from "../wire/call";
import type { Bound, Intent, IntentInFull } from "../wire/types";
import { intentSeries } from "../capacity/series";
import { shownState } from "./list";
import { brokenBlock, driftBlock, findings, wayTable } from "./proof";
import { promises } from "./words";

export interface Shown {
  element: HTMLElement;
  /** The intent's state is another, or was proven anew. */
  update(now: Intent): void;
}

const AGAIN_MS = 2_000;

/** light: told which of the ways to light on the map. */
export function detail(name: string, until: AbortSignal, light: (intent: IntentInFull, pair: number) => void): Shown {
  const head = h("div", { class: "head" });
  const body = h("div", { class: "body" }, h("p", { class: "dim", role: "status" }, t("wait")));
  const time = h("div");
  let last = "";
  let again = 0;
  const load = async (): Promise<void> => {
    window.clearTimeout(again);
    try {
      const full = await get<IntentInFull>(`intents/${encodeURIComponent(name)}`, until);
      fill(head, headOf(full));
      fill(body, bodyOf(full, (pair) => light(full, pair)));
      light(full, 0);
      if (isNotProvenYet(full)) again = window.setTimeout(() => void load(), AGAIN_MS);
    } catch (fault) {
      if (!until.aborted) fill(body, faultBlock(fault));
    }
  };
  until.addEventListener("abort", () => window.clearTimeout(again));
  const known = present.intents.get(name);
  if (known) fill(head, headOf(known));
  last = known ? stamp(known) : "";
  void load();
  fill(time, intentSeries(name, until, true));
  return {
    element: h("article", { class: "intent" }, head, body, time),
    update(now: Intent): void {
      if (stamp(now) === last) return;
      last = stamp(now);
      void load();
    },
  };
}

/** The service has begun a moment ago, or reads just now: it has a verdict, and not yet what it rests on. */
function isNotProvenYet(full: IntentInFull): boolean {
  return full.resting === null && full.ways.length === 0 && full.counterexample === null && (full.fault !== "" || full.findings.length === 0 || full.findings.some((finding) => finding.property === "reachability" && finding.holds));
}

function stamp(of: Intent): string {
  return [of.state, of.why, of.proven_at, of.commit].join("|");
}

function headOf(intent: Intent): (HTMLElement | false)[] {
  const state = shownState(intent);
  return [
    h("p", { class: "back" }, h("a", { href: address("intents") }, `\u2190 ${t("nav.intents")}`)),
    h("h1", {}, sentence(intent.sentence)),
    h("p", { class: `verdict ${state}`, role: "status" }, mark(state), h("strong", {}, said("state", state)), intent.why ? h("span", {}, intent.why) : intent.resting ? h("span", {}, intent.resting) : false),
    h("dl", { class: "facts" }, [
      row(t("intents.name"), h("code", {}, intent.name)),
      row(t("owed.title"), promises(intent.guarantee).join(", ")),
      row(t("owed.class"), intent.guarantee.class ? said("class", intent.guarantee.class) : ""),
      row(t("bound.title"), intent.bound && boundLine(intent.bound)),
      row(t("intents.proven"), intent.proven_at ? moment(intent.proven_at) : ""),
      row(t("intents.owner"), intent.owner),
      row(t("intents.commit"), intent.commit && h("code", {}, intent.commit.slice(0, 10))),
      row(t("intents.written"), intent.file && h("code", {}, `${intent.file}:${intent.line}`)),
    ]),
  ];
}

function row(name: string, value: Node | string | null | false | ""): Node[] {
  return value ? [h("dt", {}, name), h("dd", {}, value)] : [];
}

function boundLine(bound: Bound): string {
  return [
    bound.completion_us === null ? "" : t("bound.completion", { time: duration(bound.completion_us) }),
    t("bound.rate", { rate: rate(bound.rate_bps) }),
    bound.delay_us === null ? "" : t("bound.delay", { time: duration(bound.delay_us) }),
    bound.rate_bound_by ? t("bound.by", { hop: bound.rate_bound_by }) : "",
  ].filter(Boolean).join(", ");
}

function bodyOf(full: IntentInFull, choose: (pair: number) => void): (HTMLElement | false)[] {
  return [
    full.fault !== "" && h("p", { class: "fault" }, full.fault),
    full.counterexample ? brokenBlock(full.counterexample) : false,
    full.drift.length > 0 && driftBlock(full.drift),
    full.ways.length > 0 && wayTable(full, choose),
    full.findings.length > 0 && findings(full.findings),
  ];
}
