/** What there is to say of one device, PON, ONU or place: its state, what of it is promised, what differs on it. */
import { fill, h, mark } from "../dom";
import { said, t } from "../language";
import { driftList } from "../intents/proof";
import { follow, present } from "../present";
import { address } from "../route";
import { get } from "../wire/call";
import { capacityRows } from "../capacity/bars";
import type { Capacity, Drift } from "../wire/types";
import { treeOf } from "./tree";

export function nodePanel(id: string, until: AbortSignal): HTMLElement {
  const head = h("div", { class: "head" });
  const promised = h("div");
  const drifted = h("div");
  const draw = (): void => fill(head, headOf(id));
  const look = async (): Promise<void> => {
    const [capacity, drift] = await Promise.all([
      get<Capacity>("capacity", until).catch(() => null),
      get<{ drift: Drift[] }>("drift", until).catch(() => null),
    ]);
    if (until.aborted) return;
    const rows = capacity?.resources.filter((resource) => resource.node === id) ?? [];
    fill(promised, rows.length > 0 && [h("h2", {}, t("capacity.title")), capacityRows(rows)]);
    const found = drift?.drift.filter((one) => one.node === id) ?? [];
    fill(drifted, found.length > 0 && [h("h2", {}, mark("drifted"), " ", t("drift.title", { n: found.length })), driftList(found)]);
  };
  draw();
  void look();
  follow("network", draw, until);
  follow("drift", () => void look(), until);
  return h("article", { class: "node" }, head, promised, drifted);
}

function headOf(id: string): HTMLElement[] {
  const back = h("p", { class: "back" }, h("a", { href: address("map") }, `\u2190 ${t("nav.map")}`));
  const item = treeOf(present.nodes.values()).items.get(id);
  if (!item) return [back, h("p", { class: "fault" }, t("map.gone", { id }))];
  const node = item.node;
  const state = node?.state ?? item.worst;
  const where = [node?.site, node?.building, node?.floor].filter(Boolean).join(" / ");
  const counts = [item.onus > 0 && item.kind !== "onu" && t("map.onus", { n: item.onus }), item.places > 0 && item.kind !== "place" && t("map.places", { n: item.places })];
  // Nobody looks for a splitter: what hangs on it hangs on the PON.
  const below = item.children.flatMap((child) => (child.kind === "splitter" ? child.children : child.kind === "places" ? child.children : [child]));
  return [
    back,
    h("h1", {}, item.label, " ", h("span", { class: "dim" }, said("kind", item.kind))),
    h("p", { class: `verdict ${state}` }, mark(state), h("strong", {}, said("state", state)), h("span", {}, node?.why ?? "")),
    h("p", { class: "dim" }, [where, ...counts].filter(Boolean).join(" \u00b7 ")),
    ...(item.parent ? [h("p", { class: "dim" }, t("map.under"), " ", h("a", { href: address("map", item.parent.id) }, item.parent.label))] : []),
    ...(below.length > 0
      ? [h("ul", { class: "below" }, below.slice(0, 64).map((child) => h("li", {}, h("a", { href: address("map", child.id), class: child.worst }, mark(child.worst), " ", child.label || said("kind", child.kind)))))]
      : []),
  ];
}
