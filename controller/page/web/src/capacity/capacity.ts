/** What is promised and free at each PON, uplink and port, now, and with a sentence that is only tried. */
import { fill, h } from "../dom";
import { faultBlock } from "../faults";
import { said, t } from "../language";
import { count } from "../quantities";
import { follow } from "../present";
import { get, post } from "../wire/call";
import type { Capacity, Resource } from "../wire/types";
import { capacityRows } from "./bars";
import { draft } from "../say/draft";

const KINDS = ["pon", "uplink", "port"] as const;
const AT_FIRST = 40;

export function showCapacity(into: HTMLElement, until: AbortSignal): void {
  let kind: Resource["kind"] | "" = "";
  let words = "";
  let all = false;
  let found: Capacity | null = null;
  const rows = h("div");
  const stocks = h("div");
  const kinds = h("div", { class: "filters", role: "group", "aria-label": t("capacity.kinds") });
  const input = h("input", { type: "search", placeholder: t("capacity.find"), "aria-label": t("capacity.find") });
  const tried = draft();

  const draw = (): void => {
    if (!found) return;
    const choose = (wanted: typeof kind, label: string): HTMLElement =>
      h("button", { type: "button", class: "chip-button", "aria-pressed": String(kind === wanted), onclick: () => { kind = wanted; draw(); } }, label);
    fill(kinds, choose("", t("intents.all")), KINDS.map((one) => choose(one, said("resource", one))));
    const shown = found.resources.filter((resource) => (kind === "" || resource.kind === kind) && `${resource.resource} ${resource.intents.map((intent) => intent.name).join(" ")}`.toLowerCase().includes(words));
    fill(rows,
      shown.length === 0 ? h("p", { class: "dim" }, t("capacity.none")) : capacityRows(all ? shown : shown.slice(0, AT_FIRST)),
      shown.length > AT_FIRST && !all && h("button", { type: "button", onclick: () => { all = true; draw(); } }, t("capacity.more", { n: shown.length - AT_FIRST })));
    fill(stocks, found.stocks.length > 0 && stockTable(found.stocks));
  };
  const load = async (): Promise<void> => {
    try {
      found = tried ? await post<Capacity>("capacity", { text: tried }, until) : await get<Capacity>("capacity", until);
      draw();
    } catch (fault) {
      if (!until.aborted) fill(rows, faultBlock(fault));
    }
  };
  input.addEventListener("input", () => {
    words = input.value.trim().toLowerCase();
    draw();
  });
  fill(into, h("div", { class: "column" },
    h("h1", {}, t("capacity.title")),
    h("p", { class: "dim" }, t("capacity.lead")),
    tried !== "" && h("p", { class: "note" }, t("capacity.with", { sentence: tried })),
    h("div", { class: "find" }, input, kinds),
    rows,
    stocks));
  fill(rows, h("p", { class: "dim", role: "status" }, t("wait")));
  void load();
  follow("intents", () => void load(), until);
}

function stockTable(stocks: Capacity["stocks"]): HTMLElement {
  return h("section", {}, h("h2", {}, t("stocks.title")),
    h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": t("stocks.title") },
    h("table", {},
      h("thead", {}, h("tr", {}, h("th", { scope: "col" }, t("stocks.what")), h("th", { scope: "col", class: "number" }, t("stocks.used")), h("th", { scope: "col", class: "number" }, t("stocks.most")))),
      h("tbody", {}, stocks.map((stock) => h("tr", {}, h("th", { scope: "row" }, stock.resource), h("td", { class: "number" }, count(stock.used)), h("td", { class: "number" }, stock.most === null ? t("stocks.any") : count(stock.most))))))));
}
