/** Every intent as a sentence with its state, what it is promised, what it has at worst, who wrote it. */
import { fill, h, mark } from "../dom";
import { said, sentence, t } from "../language";
import { follow, present } from "../present";
import { address } from "../route";
import { type Intent, STATES } from "../wire/types";
import { boundWords, guaranteeWords } from "./words";

const ORDER = [...STATES.slice(0, -1), "holds", "resting"];

/** An intent's state, or that its window is closed. */
export function shownState(intent: Intent): string {
  return intent.resting ? "resting" : intent.state;
}

export function intentList(until: AbortSignal): HTMLElement[] {
  let words = "";
  let state = "";
  const rows = h("ul", { class: "intent-list" });
  const filters = h("div", { class: "filters", role: "group", "aria-label": t("intents.filter") });
  const input = h("input", { type: "search", placeholder: t("intents.find"), "aria-label": t("intents.find"), autocomplete: "off", spellcheck: "false" });
  input.addEventListener("input", () => {
    words = input.value.trim().toLowerCase();
    draw();
  });

  const draw = (): void => {
    const all = [...present.intents.values()];
    const counted = new Map<string, number>();
    for (const intent of all) counted.set(shownState(intent), (counted.get(shownState(intent)) ?? 0) + 1);
    const choose = (wanted: string, label: string, number: number): HTMLElement =>
      h("button", { type: "button", class: "chip-button", "aria-pressed": String(state === wanted), onclick: () => { state = wanted; draw(); } },
        wanted !== "" && mark(wanted), ` ${label} ${number}`);
    fill(filters, choose("", t("intents.all"), all.length),
      ORDER.filter((one) => counted.get(one)).map((one) => choose(one, said("state", one), counted.get(one) ?? 0)));
    const found = all
      .filter((intent) => (state === "" || shownState(intent) === state) && matches(intent, words))
      .sort((a, b) => ORDER.indexOf(shownState(a)) - ORDER.indexOf(shownState(b)) || a.name.localeCompare(b.name, "en", { numeric: true }));
    fill(rows, found.length > 0 ? found.map(row) : h("li", { class: "none dim" }, t("intents.none")));
    const chosen = rows.querySelector<HTMLElement>(`a[href="${CSS.escape(location.hash)}"]`);
    chosen?.setAttribute("aria-current", "true");
  };
  draw();
  follow("intents", draw, until);
  return [h("div", { class: "find" }, input, filters), rows];
}

function matches(intent: Intent, words: string): boolean {
  return !words || [intent.name, intent.sentence.en, intent.sentence.zh ?? "", intent.owner, intent.commit, intent.guarantee.class ?? ""].some((text) => text.toLowerCase().includes(words));
}

function row(intent: Intent): HTMLElement {
  const state = shownState(intent);
  return h(
    "li",
    {},
    h(
      "a",
      { href: address("intents", intent.name), "data-intent": intent.name, class: state },
      mark(state),
      h("span", { class: "sentence" }, sentence(intent.sentence)),
      h("span", { class: "facts dim" },
        h("span", { class: `word ${state}` }, said("state", state)),
        h("code", {}, intent.name),
        facts(intent).map((fact) => h("span", {}, fact))),
    ),
  );
}

function facts(intent: Intent): string[] {
  return [guaranteeWords(intent.guarantee).join(", "), boundWords(intent), intent.owner.replace(/ <.*/, ""), intent.commit.slice(0, 7)].filter((fact): fact is string => Boolean(fact));
}
