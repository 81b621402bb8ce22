/** What was changed, by whom, with which plan and proof, and its revert; drift, what is mended by hand, the audit log. */
import { fill, h, mark } from "../dom";
import { diagnostics, faultBlock } from "../faults";
import { said, t } from "../language";
import { driftList } from "../intents/proof";
import { moment } from "../quantities";
import { follow, may, present } from "../present";
import { get, post } from "../wire/call";
import type { BreakGlass, Drift, HistoryEntry, Plan } from "../wire/types";
import { planBlock } from "../say/plan";
import { auditTable } from "./audit";
import { breakGlassList } from "./breakglass";

interface Changes {
  changes: HistoryEntry[];
  more: number | null;
}

export function showHistory(into: HTMLElement, until: AbortSignal): void {
  const changes = h("div");
  const drifted = h("div");
  const held = h("div");
  const said = h("div", { "aria-live": "polite" });
  let shown: HistoryEntry[] = [];

  const load = async (before: number | null): Promise<void> => {
    try {
      const page = await get<Changes>(before === null ? "history?limit=50" : `history?limit=50&before=${before}`, until);
      shown = before === null ? page.changes : [...shown, ...page.changes];
      fill(changes, shown.length === 0 ? h("p", { class: "dim" }, t("history.none")) : h("ol", { class: "commits" }, shown.map((entry) => commitRow(entry, act))),
        page.more !== null && h("button", { type: "button", onclick: () => void load(page.more) }, t("history.more")));
    } catch (fault) {
      if (!until.aborted) fill(changes, faultBlock(fault));
    }
  };
  const act = async (kind: "approve" | "revert", entry: HistoryEntry): Promise<void> => {
    fill(said, h("p", { role: "status" }, t("history.asked")));
    try {
      const answer = await post<{ change?: HistoryEntry; plan?: Plan }>(kind, { commit: entry.commit });
      fill(said, h("p", { class: "note" }, t(kind === "approve" ? "history.approved" : "history.reverted", { commit: entry.commit.slice(0, 10) })), answer?.plan ? planBlock(answer.plan) : null);
    } catch (fault) {
      fill(said, faultBlock(fault));
    }
    await load(null);
  };
  const look = async (): Promise<void> => {
    const [drift, glass] = await Promise.all([get<{ drift: Drift[] }>("drift", until).catch(() => null), get<{ breakglass: BreakGlass[] }>("breakglass", until).catch(() => null)]);
    if (until.aborted) return;
    fill(drifted, h("h2", {}, t("drift.heading")), drift && drift.drift.length > 0 ? driftList(drift.drift) : h("p", { class: "dim" }, t("drift.none")));
    fill(held, h("h2", {}, t("glass.title")), glass && glass.breakglass.length > 0 ? breakGlassList(glass.breakglass) : h("p", { class: "dim" }, t("glass.none")));
  };

  fill(into, h("div", { class: "column" },
    h("h1", {}, t("nav.history")), said,
    h("section", {}, h("h2", {}, t("history.changes")), present.session?.git ? changes : h("p", { class: "dim" }, t("history.nogit"))),
    h("section", {}, drifted), h("section", {}, held),
    may("approver") && h("section", {}, h("h2", {}, t("audit.title")), auditTable(until))));
  if (present.session?.git) void load(null);
  void look();
  follow("drift", () => void look(), until);
  follow("status", () => present.session?.git && void load(null), until);
}

const STATES: Record<string, string> = {
  "applied-and-holding": "holds", "applied-but-not-holding": "broken", failed: "broken", refused: "broken",
  "waiting-for-approval": "at_risk", "waiting-for-window": "resting",
};

function commitRow(entry: HistoryEntry, act: (kind: "approve" | "revert", entry: HistoryEntry) => Promise<void>): HTMLElement {
  const state = STATES[entry.state] ?? "unknown";
  const devices = Object.entries(entry.plan?.changes ?? {});
  return h("li", {},
    h("p", { class: "subject" }, h("strong", {}, entry.subject), " ", h("code", {}, entry.commit.slice(0, 10))),
    h("p", {}, h("span", { class: `word ${state}` }, mark(state), ` ${said("commit", entry.state)}`),
      entry.proof && h("span", {}, t("history.proof", { hold: entry.proof.hold, of: entry.proof.of })),
      entry.proof && entry.proof.broken.length > 0 && h("span", { class: "word broken" }, entry.proof.broken.join(", "))),
    h("p", { class: "dim small" }, [entry.author, moment(entry.time), entry.by_api ? t("history.byapi") : "", entry.approved_by && t("history.approvedby", { who: entry.approved_by })].filter(Boolean).join(" \u00b7 ")),
    devices.length > 0 && h("p", { class: "small" }, t("history.plan"), " ", devices.map(([device, n]) => `${device}: ${n}`).join(", "), entry.plan && entry.plan.interrupts.length > 0 ? `; ${t("history.interrupts", { places: entry.plan.interrupts.join(", ") })}` : ""),
    entry.faults.length > 0 && diagnostics(entry.faults),
    (entry.can.approve || entry.can.revert) && h("p", { class: "actions" },
      entry.can.approve && may("approver") && h("button", { type: "button", class: "primary", onclick: () => void act("approve", entry) }, t("history.approve")),
      entry.can.revert && may("operator") && h("button", { type: "button", onclick: () => void act("revert", entry) }, t("history.revert"))));
}
