/** A change as it goes on: which step, which device, how it ended. */
import { fill, h, mark } from "../dom";
import { faultBlock } from "../faults";
import { said, t } from "../language";
import { follow, present } from "../present";
import { address } from "../route";
import { Refusal, get, post } from "../wire/call";
import type { Operation } from "../wire/types";

const AGAIN_MS = 1_000;
const OVER = ["succeeded", "failed", "cancelled"];

/** name: the intent's. done: called when it has succeeded. */
export function operationBlock(begun: Operation, name: string, until: AbortSignal, done: () => void): HTMLElement {
  const block = h("section", { class: "operation", "aria-live": "polite" });
  let now = begun;
  let over = false;
  const show = (operation: Operation): void => {
    if (over || operation.id !== begun.id) return;
    now = operation;
    over = OVER.includes(now.state);
    fill(block, over ? ended(now, name) : underWay(now, () => void post<Operation>(`operations/${now.id}/cancel`, {}).then(show, () => undefined)));
    if (over) window.clearInterval(timer);
    if (now.state === "succeeded") done();
  };
  // The line tells each step; where it is cut, asking does.
  const timer = window.setInterval(() => void get<Operation>(`operations/${begun.id}`, until).then(show, () => undefined), AGAIN_MS);
  until.addEventListener("abort", () => window.clearInterval(timer));
  follow("operation", () => present.operation && show(present.operation), until);
  show(begun);
  return block;
}

function underWay(operation: Operation, cancel: () => void): HTMLElement[] {
  const progress = operation.progress;
  return [
    h("h2", {}, t("operation.running")),
    h("p", {}, progress?.words || operation.title),
    h("progress", progress && progress.total > 0 ? { max: progress.total, value: progress.done, "aria-label": t("operation.running") } : { "aria-label": t("operation.running") }),
    h("p", {}, h("button", { type: "button", onclick: cancel }, t("operation.cancel"))),
  ];
}

function ended(operation: Operation, name: string): (HTMLElement | false)[] {
  if (operation.error) {
    const fault = operation.error;
    return [h("h2", {}, mark("broken"), " ", t(operation.state === "cancelled" ? "operation.cancelled" : "operation.failed")), faultBlock(new Refusal(fault.status, fault.title, fault.detail, fault.diagnostics))];
  }
  const result = operation.result;
  const state = result?.holds === false ? "broken" : result?.holds === null ? "unknown" : "holds";
  const waits = result?.commit && result.holds === null;
  return [
    h("h2", {}, mark(state), " ", waits ? said("commit", result.commit?.state ?? "") : result?.holds === false ? t("operation.notholding") : t("operation.done")),
    h("p", {}, t("operation.changes", { n: result?.changes ?? 0 }), result?.commit ? h("span", { class: "dim" }, ` ${result.commit.commit.slice(0, 10)}`) : null),
    h("ul", { class: "plain" }, (result?.intents ?? []).filter((intent) => !intent.holds || intent.name === name).map((intent) =>
      h("li", {}, mark(intent.holds ? "holds" : "broken"), " ", h("a", { href: address("intents", intent.name) }, intent.name)))),
  ];
}
