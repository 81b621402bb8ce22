/** A plan: device by device what changes, for whom, and whom it interrupts. */
import { h, mark } from "../dom";
import { diagnostics } from "../faults";
import { said, t } from "../language";
import { count } from "../quantities";
import type { Change, Plan } from "../wire/types";
import { disruptionWords } from "./understood";

const AT_FIRST = 200;

export function planBlock(plan: Plan): HTMLElement {
  const devices = [...new Set(plan.changes.map((change) => change.device))];
  return h(
    "section",
    { class: "plan" },
    h("h2", {}, t("plan.title", { n: plan.changes.length, devices: devices.length })),
    plan.changes.length > 0 ? disruptionWords(plan.disruption) : h("p", {}, t("plan.nothing")),
    plan.warnings.length > 0 && diagnostics(plan.warnings),
    devices.map((device) => {
      const of = plan.changes.filter((change) => change.device === device);
      return h("details", { open: devices.length <= 3 }, h("summary", {}, h("strong", {}, device), " ", h("span", { class: "dim" }, t("plan.changes", { n: count(of.length) }))),
        h("ul", { class: "changes" }, of.slice(0, AT_FIRST).map(changeRow)),
        of.length > AT_FIRST && h("p", { class: "dim" }, t("plan.more", { n: of.length - AT_FIRST })));
    }),
  );
}

function changeRow(change: Change): HTMLElement {
  return h("li", { class: change.op },
    h("span", { class: "op" }, said("op", change.op)),
    h("span", {}, h("code", {}, change.summary),
      change.disruptive && h("span", { class: "word at_risk" }, mark("at_risk"), ` ${change.reason} ${change.places.join(", ")}`),
      change.intents.length > 0 && h("span", { class: "dim small" }, change.intents.map((intent) => `${intent.name} (${intent.file}:${intent.line})`).join(", "))));
}
