/** What a proof rests on: the way with each hop's objects, the packet that breaks it, the properties one by one. */
import { type Child, fill, h, mark } from "../dom";
import { said, t } from "../language";
import { address } from "../route";
import type { Counterexample, Drift, Finding, Hop, IntentInFull, Packet, Way } from "../wire/types";

/** The ways of all pairs, one shown; `choose` is told which. */
export function wayTable(full: IntentInFull, choose: (pair: number) => void): HTMLElement {
  const shown = h("div");
  const show = (number: number): void => {
    const way = full.ways[number];
    if (way) fill(shown, packetLine(way.packet), hops(way.hops, null));
  };
  show(0);
  const pick = h(
    "select",
    { "aria-label": t("way.pick"), onchange: () => { show(pick.selectedIndex); choose(pick.selectedIndex); } },
    full.ways.map((way) => h("option", {}, pairWords(way))),
  );
  const only = full.ways.length === 1 && full.ways[0] ? h("span", { class: "dim" }, pairWords(full.ways[0])) : pick;
  return h("section", { class: "way" }, h("h2", {}, t("way.title"), " ", only), shown);
}

function pairWords(way: Way): string {
  return `${way.from} \u2192 ${way.to}${way.direction === "back" ? ` (${t("way.back")})` : ""}`;
}

function packetLine(packet: Packet): HTMLElement {
  return h("p", { class: "packet" }, Object.entries(packet).map(([field, value]) => h("span", {}, h("span", { class: "dim" }, field), " ", h("code", {}, value))));
}

/** failing: the number of the hop that is not as owed, or null. */
export function hops(of: readonly Hop[], failing: number | null): HTMLElement {
  return h("ol", { class: "hops" }, of.map((hop, number) => oneHop(hop, number === failing)));
}

function oneHop(hop: Hop, failing: boolean): HTMLElement {
  return h(
    "li",
    { class: failing ? "failing" : "" },
    h("p", { class: "device" },
      failing && mark("broken"),
      h("a", { href: address("map", hop.node) }, hop.device),
      h("span", { class: "dim" }, t("hop.ports", { in: hop.in, out: hop.out || t("hop.nowhere") }))),
    h("p", { class: "tags" }, tagging(hop)),
    h("dl", {}, objects(hop).map(([name, value, origin]) => [h("dt", {}, name), h("dd", {}, h("code", {}, value), origin)])),
    hop.note && h("p", { class: "dim" }, hop.note),
  );
}

/** What decided at a hop and what it waits in: the kind of object, the object, and who asks for it. */
function objects(hop: Hop): [string, string, HTMLElement | null][] {
  const kinds: [string, string][] = [
    [t("hop.queue"), hop.queue === hop.tcont ? "" : hop.queue],
    [t("hop.tcont"), hop.tcont],
    [t("hop.gem"), hop.gem],
    [t("hop.flow"), hop.flow],
    [t("hop.meter"), hop.meter],
  ];
  const decided = hop.decided.map((one): [string, string, HTMLElement | null] => [
    kinds.find(([, value]) => value.includes(one.text))?.[0] ?? t(one.text.startsWith("GEM port") ? "hop.gem" : "hop.rule"),
    one.text,
    one.origin ? h("span", { class: `origin ${one.ours ? "dim" : "foreign"}` }, one.origin) : null,
  ]);
  const told = hop.decided.map((one) => one.text);
  const others = kinds.filter(([, value]) => value !== "" && !told.some((text) => value.includes(text)));
  return [...decided, ...others.map(([name, value]): [string, string, null] => [name, value, null])];
}

function tagging(hop: Hop): HTMLElement[] {
  const before = tag(hop.vlan_before, hop.pcp_before);
  const after = tag(hop.vlan, hop.pcp);
  return (before === after ? [after] : [before, "\u2192", after]).map((part) => h("span", { class: part === "\u2192" ? "dim" : "tag" }, part));
}

function tag(vlan: number | null, pcp: number | null): string {
  return vlan === null ? t("hop.untagged") : `VLAN ${vlan} \u00b7 PCP ${pcp ?? 0}`;
}

/** The packet that shows what is broken, and the objects to blame, before its way. */
export function brokenBlock(shown: Counterexample): HTMLElement {
  return h(
    "section",
    { class: "broken-block", "aria-label": t("broken.title") },
    h("h2", {}, mark("broken"), " ", t("broken.title")),
    h("p", {}, shown.statement),
    packetLine(shown.packet),
    shown.stands_for && h("p", { class: "dim" }, t("broken.alike", { packets: shown.stands_for })),
    h("dl", { class: "owed" }, h("dt", {}, t("broken.expected")), h("dd", {}, shown.expected), h("dt", {}, t("broken.actual")), h("dd", {}, shown.actual)),
    shown.blame.length > 0 && [
      h("h3", {}, t(shown.blame.length === 1 ? "broken.blame" : shown.all_needed ? "broken.blameall" : "broken.blameany")),
      h("ul", { class: "blame" }, shown.blame.map((blame) =>
        h("li", {}, h("strong", {}, blame.device), " ", said("remedy", blame.remedy), h("code", {}, blame.object), blame.owner && h("span", { class: "dim" }, blame.owner)))),
    ],
    shown.hops.length > 0 && [h("h3", {}, t("broken.way")), hops(shown.hops, shown.failing_hop)],
  );
}

export function driftBlock(drift: readonly Drift[]): HTMLElement {
  return h("section", {}, h("h2", {}, mark("drifted"), " ", t("drift.title", { n: drift.length })), driftList(drift));
}

/** Who asks for the object today. */
function asker(one: Drift): Child {
  if (one.intents.length === 0) return h("span", { class: "dim" }, said("owner", one.owner));
  return [h("span", { class: "dim" }, `${t("drift.for")} `), one.intents.map((name, number) => [number > 0 && ", ", h("a", { href: address("intents", name) }, name)])];
}

export function driftList(drift: readonly Drift[]): HTMLElement {
  return h(
    "ul",
    { class: "drift" },
    drift.map((one) =>
      h("li", {},
        h("p", {}, h("strong", {}, one.device), " ", h("span", { class: "tag" }, said("drift", one.kind)), " ", asker(one)),
        h("code", {}, one.object),
        one.differs.length > 0 && h("table", { class: "differs" },
          h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("drift.attribute")), h("th", { scope: "col" }, t("drift.applied")), h("th", { scope: "col" }, t("drift.found")))),
          h("tbody", {}, one.differs.map((differs) => h("tr", {}, h("th", { scope: "row" }, differs.attribute), h("td", {}, differs.applied), h("td", {}, differs.found))))))),
  );
}

export function findings(of: readonly Finding[]): HTMLElement {
  return h(
    "section",
    { class: "findings" },
    h("h2", {}, t("proof.title")),
    h("ul", {}, of.map((finding) => {
      const state = finding.cannot_prove ? "unknown" : finding.holds ? "holds" : "broken";
      return h("li", {}, mark(state), h("strong", {}, said("property", finding.property)), h("span", { class: "hidden" }, said("state", state)), h("span", {}, finding.statement));
    })),
  );
}
