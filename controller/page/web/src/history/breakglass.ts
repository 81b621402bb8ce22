/** Devices that somebody mends by hand: who, why, since and until when. */
import { h, mark } from "../dom";
import { t } from "../language";
import { moment } from "../quantities";
import { address } from "../route";
import type { BreakGlass } from "../wire/types";

export function breakGlassList(held: readonly BreakGlass[]): HTMLElement {
  return h("ul", { class: "glass" }, held.map((one) =>
    h("li", {},
      h("p", {}, mark("at_risk"), " ", h("a", { href: address("map", one.node) }, one.device), " ", h("strong", {}, one.owner), one.why && `: ${one.why}`),
      h("p", { class: "dim" }, t("glass.until", { since: moment(one.since), until: moment(one.until) })),
      one.refused && h("p", { class: "fault" }, one.refused))));
}
