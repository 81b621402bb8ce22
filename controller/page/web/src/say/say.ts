/** Say it: a sentence, at once how it is understood and what it would do; then the plan, and the change by whoever may. */
import { fill, h } from "../dom";
import { faultBlock } from "../faults";
import { language, t } from "../language";
import { may, present } from "../present";
import { Refusal, post } from "../wire/call";
import type { Operation, Plan, Said } from "../wire/types";
import { draft, keepDraft } from "./draft";
import { planBlock } from "./plan";
import { operationBlock } from "./operation";
import { understanding } from "./understood";

const PAUSE_MS = 250;

const EXAMPLES = {
  en: ["CT room to PACS gets priority", "Ward 1 may reach HIS with https", "Guest Wi-Fi never reaches PACS", "1,000 images of 512 KiB from PACS to the diagnosis room within 1 second"],
  zh: ["CT室到PACS优先", "访客网络不得访问PACS", "从PACS到诊断室1000张512 KiB的图像在1秒内送达"],
} as const;

export function showSay(into: HTMLElement, until: AbortSignal): void {
  let asking = new AbortController();
  let timer = 0;
  let known: Said | null = null;
  const box = h("textarea", { id: "say", rows: 2, maxlength: 2000, spellcheck: "false", placeholder: t("say.placeholder") });
  const name = h("input", { id: "say-name", autocomplete: "off", spellcheck: "false", placeholder: t("say.autoname"), maxlength: 63 });
  const heard = h("div", { class: "heard", "aria-live": "polite", "aria-busy": "false" });
  const below = h("div");
  const actions = h("div", { class: "actions" });

  const ask = async (): Promise<void> => {
    asking.abort();
    asking = new AbortController();
    const words = box.value.trim();
    keepDraft(words);
    fill(below);
    known = null;
    drawActions();
    if (!words) {
      fill(heard, examples());
      return;
    }
    heard.setAttribute("aria-busy", "true");
    try {
      const answer = await post<Said>("say", { text: words, language: language(), ...(name.value.trim() ? { name: name.value.trim() } : {}) }, AbortSignal.any([asking.signal, until]));
      known = answer;
      fill(heard, understanding(answer));
    } catch (fault) {
      if (fault instanceof DOMException) return;
      fill(heard, faultBlock(fault));
    }
    heard.setAttribute("aria-busy", "false");
    drawActions();
  };
  const later = (): void => {
    window.clearTimeout(timer);
    timer = window.setTimeout(() => void ask(), PAUSE_MS);
  };
  const request = (): Record<string, unknown> => ({ name: known?.understood?.name, text: box.value.trim(), ...(present.intents.has(known?.understood?.name ?? "") ? { etag: known?.etag } : {}), base: known?.base });

  const look = async (): Promise<void> => {
    fill(below, h("p", { class: "dim", role: "status" }, t("say.planning")));
    try {
      fill(below, planBlock(await post<Plan>("plan", { name: known?.understood?.name, text: box.value.trim() }, until)));
      below.scrollIntoView({ block: "nearest" });
    } catch (fault) {
      if (!until.aborted) fill(below, faultBlock(fault));
    }
  };
  const apply = async (): Promise<void> => {
    fill(actions);
    try {
      const begun = await post<Operation>("apply", request());
      fill(heard);
      fill(below, operationBlock(begun, known?.understood?.name ?? "", until, () => { box.value = ""; name.value = ""; keepDraft(""); }));
    } catch (fault) {
      fill(below, faultBlock(fault), fault instanceof Refusal && fault.status === 409 ? h("p", {}, t("say.again")) : null);
      void askAgain();
    }
  };
  // Somebody was first, or it may not be: what is shown must be what is so now.
  const askAgain = async (): Promise<void> => {
    const kept = [...below.childNodes];
    await ask();
    fill(below, kept);
  };
  const confirm = (): void => {
    const asked = known;
    if (!asked?.understood) return;
    if (asked.disruption?.kind !== "disruptive") {
      void apply();
      return;
    }
    const dialog = h("dialog", { "aria-labelledby": "sure" },
      h("h2", { id: "sure" }, t("say.sure")),
      h("p", {}, t("say.interrupts", { places: asked.disruption.whom.join(", ") })),
      h("form", { method: "dialog", class: "actions" },
        h("button", { value: "no" }, t("say.keep")),
        h("button", { value: "yes", class: "danger" }, t("say.apply"))));
    dialog.addEventListener("close", () => {
      dialog.remove();
      if (dialog.returnValue === "yes") void apply();
    });
    into.append(dialog);
    dialog.showModal();
  };
  const drawActions = (): void => {
    const ready = known?.understood && !known.refusal;
    fill(actions,
      ready && h("button", { type: "button", onclick: () => void look() }, t("say.plan")),
      ready && may("operator") && h("button", { type: "button", class: "primary", onclick: confirm }, present.session?.git ? t("say.commit") : t("say.apply")),
      ready && !may("operator") && h("p", { class: "dim" }, t("say.notoperator")),
      ready && h("a", { href: "#/capacity" }, t("say.capacity")));
  };
  const examples = (): HTMLElement =>
    h("section", {}, h("h2", {}, t("say.examples")), h("ul", { class: "plain examples" }, EXAMPLES[language()].map((words) =>
      h("li", {}, h("button", { type: "button", class: "quiet", onclick: () => { box.value = words; box.focus(); void ask(); } }, words)))));

  box.addEventListener("input", later);
  name.addEventListener("input", later);
  fill(into, h("div", { class: "column" },
    h("h1", {}, t("say.title")),
    h("p", { class: "dim" }, t("say.lead")),
    h("label", { for: "say" }, t("say.box")), box,
    h("details", { class: "more" }, h("summary", {}, t("say.more")), h("label", { for: "say-name" }, t("say.name")), name),
    heard, actions, below));
  box.value = draft();
  void ask();
  box.focus();
  until.addEventListener("abort", () => window.clearTimeout(timer));
}

