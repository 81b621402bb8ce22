/** Faults in words: what, where it is written, what to do. */
import { h } from "./dom";
import { t } from "./language";
import { Refusal } from "./wire/call";
import type { Diagnostic } from "./wire/types";

/** One line. */
export function faultText(fault: unknown): string {
  if (fault instanceof Refusal) {
    if (fault.status === 0) return t("fault.unreachable");
    return fault.detail && !fault.title.includes(fault.detail) ? `${fault.title}. ${fault.detail}` : fault.title;
  }
  return t("fault.page", { words: fault instanceof Error ? fault.message : String(fault) });
}

/** A block with each diagnostic. */
export function faultBlock(fault: unknown): HTMLElement {
  const found = fault instanceof Refusal ? fault.diagnostics : [];
  if (found.length === 0) return h("p", { class: "fault", role: "alert" }, faultText(fault));
  return h("div", { role: "alert" }, diagnostics(found));
}

export function diagnostics(found: readonly Diagnostic[]): HTMLElement {
  return h("ul", { class: "diagnostics" }, found.map(diagnostic));
}

function diagnostic(of: Diagnostic): HTMLElement {
  const where = of.file ? `${of.file}:${of.line}:${of.column}` : "";
  return h(
    "li",
    { class: of.severity },
    h("p", {}, of.message),
    of.hint && h("p", { class: "hint" }, of.hint),
    h("p", { class: "dim small" }, [where, of.code].filter(Boolean).join(" · ")),
  );
}
