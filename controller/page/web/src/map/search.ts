/** The box that finds a device, room or intent by a part of its name. */
import { fill, h, mark } from "../dom";
import { said, sentence, t } from "../language";
import { present } from "../present";
import { go } from "../route";

const MOST = 8;

interface Hit {
  state: string;
  words: string;
  kind: string;
  go: () => void;
}

/** A combobox after the ARIA authoring practices: the focus stays in the box, the arrows choose below it. */
export function searchBox(): HTMLElement {
  const list = h("ul", { id: "hits", role: "listbox", "aria-label": t("search.hits"), hidden: true });
  const input = h("input", {
    type: "search", role: "combobox", "aria-expanded": "false", "aria-controls": "hits", "aria-autocomplete": "list",
    "aria-label": t("search.label"), placeholder: t("search.label"), autocomplete: "off", spellcheck: "false",
  });
  let hits: Hit[] = [];
  let at = 0;

  const show = (): void => {
    list.hidden = hits.length === 0;
    input.setAttribute("aria-expanded", String(hits.length > 0));
    input.setAttribute("aria-activedescendant", hits.length > 0 ? `hit-${at}` : "");
    fill(list, hits.map((hit, number) =>
      h("li", { id: `hit-${number}`, role: "option", "aria-selected": String(number === at), onmousedown: (event: Event) => { event.preventDefault(); take(number); } },
        mark(hit.state), h("span", {}, hit.words), h("span", { class: "dim small" }, hit.kind))));
  };
  const take = (number: number): void => {
    hits[number]?.go();
    hits = [];
    input.value = "";
    show();
  };
  input.addEventListener("input", () => {
    hits = found(input.value.trim().toLowerCase());
    at = 0;
    show();
  });
  input.addEventListener("keydown", (event) => {
    if (event.key === "ArrowDown" && hits.length > 0) at = (at + 1) % hits.length;
    else if (event.key === "ArrowUp" && hits.length > 0) at = (at + hits.length - 1) % hits.length;
    else if (event.key === "Enter" && hits.length > 0) take(at);
    else if (event.key === "Escape") hits = [];
    else return;
    event.preventDefault();
    show();
  });
  input.addEventListener("blur", () => {
    hits = [];
    show();
  });
  return h("div", { class: "search" }, input, list);
}

function found(part: string): Hit[] {
  if (!part) return [];
  const ranked: [number, Hit][] = [];
  const rank = (...names: string[]): number => {
    const at = names.map((name) => name.toLowerCase().indexOf(part)).filter((place) => place >= 0);
    return at.length > 0 ? Math.min(...at) : -1;
  };
  for (const node of present.nodes.values()) {
    const at = node.kind === "splitter" ? -1 : rank(node.label, node.name, node.floor && `${node.building} ${node.floor}`);
    if (at >= 0) ranked.push([at, { state: node.state, words: node.label || node.name, kind: said("kind", node.kind), go: () => go("map", node.id) }]);
  }
  for (const intent of present.intents.values()) {
    const at = rank(intent.name, sentence(intent.sentence));
    if (at >= 0) ranked.push([at + 0.5, { state: intent.state, words: intent.name, kind: t("search.intent"), go: () => go("intents", intent.name) }]);
  }
  return ranked.sort(([a], [b]) => a - b).slice(0, MOST).map(([, hit]) => hit);
}
