/** How a sentence was understood: what it means, what it promises, from whom that is taken, whom it interrupts, or why not. */
import { h, mark } from "../dom";
import { diagnostics } from "../faults";
import { sentence, t } from "../language";
import { percent, rate } from "../quantities";
import { address } from "../route";
import type { Disruption, Said } from "../wire/types";
import { boundWords, guaranteeWords } from "../intents/words";

const TIGHTEST = 3;

export function understanding(of: Said): HTMLElement[] {
  return [
    of.understood && block(t("said.understood"), "holds",
      h("p", { class: "sentence" }, sentence(of.understood.sentence)),
      h("p", { class: "dim small" }, t("said.name"), " ", h("code", {}, of.understood.name)),
      h("details", {}, h("summary", {}, t("said.yaml")), h("pre", {}, h("code", {}, of.understood.yaml)))),
    of.refusal && block(t("said.refused"), "broken", diagnostics(of.refusal.diagnostics)),
    of.promised && block(t("said.promised"), of.promised.holds ? "holds" : "broken",
      of.promised.guarantee && h("p", {}, guaranteeWords(of.promised.guarantee).join(", ")),
      of.promised.guarantee && of.promised.bound && h("p", {}, boundWords({ guarantee: of.promised.guarantee, bound: of.promised.bound })),
      h("p", { class: "dim" }, of.promised.statement)),
    of.disruption && block(t("said.traffic"), of.disruption.kind === "hitless" ? "holds" : "at_risk",
      disruptionWords(of.disruption), h("p", { class: "dim" }, t("said.changes", { n: of.changes }))),
    of.takes_from.length > 0 && block(t("said.takes"), null, taken(of.takes_from)),
  ].filter((part): part is HTMLElement => Boolean(part));
}

/** The tightest first; the rest when somebody asks. */
function taken(from: Said["takes_from"]): HTMLElement[] {
  const full = (one: Said["takes_from"][number]): number => (one.capacity_bps > 0 ? one.promised_bps / one.capacity_bps : 0);
  const rows = [...from].sort((a, b) => full(b) - full(a)).map((one) =>
    h("li", {},
      h("a", { href: address("map", one.node) }, one.resource), ": ",
      t("said.share", { more: rate(Math.max(one.promised_bps - one.promised_before_bps, 0)), after: rate(one.promised_bps), part: percent(full(one)), free: rate(one.free_bps) }),
      one.intents.length > 0 && h("span", { class: "dim small" }, " ", t("said.others", { names: one.intents.slice(0, 5).join(", ") }))));
  const [first, rest] = [rows.slice(0, TIGHTEST), rows.slice(TIGHTEST)];
  return [
    h("ul", { class: "plain" }, first),
    ...(rest.length > 0 ? [h("details", {}, h("summary", {}, t("capacity.more", { n: rest.length })), h("ul", { class: "plain" }, rest))] : []),
  ];
}

export function disruptionWords(of: Disruption): HTMLElement {
  if (of.kind === "hitless") return h("p", {}, t("said.hitless"));
  return h("div", {}, h("p", {}, t("said.disruptive", { places: of.whom.join(", ") })), of.reasons.length > 0 && h("ul", {}, of.reasons.map((reason) => h("li", {}, reason))));
}

function block(title: string, state: string | null, ...parts: Parameters<typeof h>[2][]): HTMLElement {
  return h("section", { class: "answer" }, h("h2", {}, state && mark(state), " ", title), ...parts);
}
