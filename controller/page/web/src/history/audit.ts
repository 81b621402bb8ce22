/** The audit log's records, the newest first: what was sent to which device, for whom, and who was refused. */
import { fill, h } from "../dom";
import { faultBlock } from "../faults";
import { t } from "../language";
import { moment } from "../quantities";
import { get } from "../wire/call";
import type { AuditRecord } from "../wire/types";

interface Records {
  records: AuditRecord[];
  more: number | null;
}

export function auditTable(until: AbortSignal): HTMLElement {
  const body = h("tbody");
  const more = h("p");
  const load = async (before: number | null): Promise<void> => {
    try {
      const page = await get<Records>(before === null ? "audit?limit=50" : `audit?limit=50&before=${before}`, until);
      body.append(...page.records.map(row));
      fill(more, page.more !== null && h("button", { type: "button", onclick: () => void load(page.more) }, t("history.more")));
    } catch (fault) {
      if (!until.aborted) fill(more, faultBlock(fault));
    }
  };
  void load(null);
  return h("div", {},
    h("div", { class: "wide", tabindex: 0, role: "region", "aria-label": t("audit.title") },
      h("table", { class: "audit" },
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "#"), h("th", { scope: "col" }, t("audit.time")), h("th", { scope: "col" }, t("audit.kind")), h("th", { scope: "col" }, t("audit.about")))),
        body)),
    more);
}

const HASH = /^[0-9a-f]{40,}$/;

/** A value in a line; of a hash its beginning, which is enough to find it. */
function shown(value: unknown): string {
  const text = typeof value === "object" ? JSON.stringify(value) : String(value);
  return HASH.test(text) ? `${text.slice(0, 12)}\u2026` : text;
}

function row(record: AuditRecord): HTMLElement {
  const about = Object.entries(record.fields).filter(([, value]) => value !== "" && value !== null);
  return h("tr", {}, h("td", { class: "number" }, record.seq), h("td", {}, moment(record.time)), h("td", {}, h("code", {}, record.kind)),
    h("td", {}, about.map(([name, value]) => h("span", { class: "field" }, h("span", { class: "dim" }, name), " ", shown(value)))));
}
