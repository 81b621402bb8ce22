/** What is promised and free of a port or PON, as a bar with its figures beside it. */
import { h, s } from "../dom";
import { said, t } from "../language";
import { percent, rate } from "../quantities";
import { address } from "../route";
import type { Resource } from "../wire/types";

const WIDTH = 240;
const HEIGHT = 14;

export function capacityRows(resources: readonly Resource[]): HTMLElement {
  return h("ul", { class: "resources" }, resources.map(resourceRow));
}

function resourceRow(of: Resource): HTMLElement {
  const full = of.capacity_bps > 0 ? of.promised_bps / of.capacity_bps : 0;
  return h(
    "li",
    {},
    h("p", { class: "title" }, h("a", { href: address("map", of.node) }, where(of)), " ", h("span", { class: "dim" }, said("direction", of.direction))),
    bar(of),
    h("p", { class: "figures" },
      h("strong", {}, percent(full)), " ",
      t("capacity.figures", { promised: rate(of.promised_bps), capacity: rate(of.capacity_bps), free: rate(of.free_bps) }),
      of.planned_bps !== null && of.planned_bps !== of.promised_bps && h("span", { class: "planned" }, t("capacity.planned", { rate: rate(of.planned_bps) })),
      of.measured_bps !== null && h("span", { class: "dim" }, t("capacity.measured", { rate: rate(of.measured_bps) }))),
    of.intents.length > 0 && h("p", { class: "small dim" }, of.intents.slice(0, 6).map((intent, number) => [number > 0 && ", ", h("a", { href: address("intents", intent.name) }, intent.name), ` ${rate(intent.bps)}`]),
      of.intents.length > 6 && ` +${of.intents.length - 6}`),
  );
}

/** The resource without the word for its direction, which stands beside it in the language that was chosen. */
function where(of: Resource): string {
  return of.resource.replace(/ (?:up|down)?(?:stream)?$| (?:in|out)$/, "");
}

/** Promised, and with the plan; a line where the measured rate is. The figures stand beside it. */
function bar(of: Resource): SVGSVGElement {
  const part = (bps: number): number => (of.capacity_bps > 0 ? Math.min(bps / of.capacity_bps, 1) * WIDTH : 0);
  const planned = of.planned_bps ?? of.promised_bps;
  const tight = of.capacity_bps > 0 && Math.max(planned, of.promised_bps) / of.capacity_bps > 0.9;
  return s(
    "svg",
    { class: `bar ${tight ? "tight" : ""}`, viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", "aria-hidden": "true" },
    s("rect", { class: "ground", width: WIDTH, height: HEIGHT }),
    s("rect", { class: "plan", width: part(planned), height: HEIGHT }),
    s("rect", { class: "promised", width: part(of.promised_bps), height: HEIGHT }),
    of.measured_bps !== null && s("path", { class: "measured", d: `M${part(of.measured_bps).toFixed(1)} 0v${HEIGHT}` }),
  );
}
