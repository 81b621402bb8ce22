/** The map: draws the network, folds and opens it, lights a way, and tells what was chosen. */
import { fill, h, mark, s } from "../dom";
import { said, t } from "../language";
import { present } from "../present";
import { STATES } from "../wire/types";
import { Camera } from "./camera";
import { type Look, caption, draw } from "./draw";
import { type Box, HEAD, type Laid, lay } from "./layout";
import { type Lit, opened } from "./lit";
import { type Item, type Tree, above, folds, openAtFirst, standIn, treeOf, visible } from "./tree";

type Direction = "ArrowLeft" | "ArrowRight" | "ArrowUp" | "ArrowDown";

/** Below this width boxes stand closer and begin folded, CSS pixels. */
const NARROW = 560;

export class NetworkMap {
  readonly element: HTMLElement;
  tree: Tree = { roots: [], items: new Map() };
  private readonly scene = s("g");
  private readonly surface = s("svg", { class: "map", role: "group" }, this.scene);
  private readonly camera = new Camera(this.surface, this.scene);
  private readonly legend = h("p", { class: "legend" });
  private open = new Set<string>();
  private laid: Laid = { boxes: new Map(), edges: [], width: 0, height: 0 };
  private lit: Lit | null = null;
  private chosen = "";
  private at = "";
  private shape = "";

  /** choose: told of the id of what was clicked; "" when the empty ground was. */
  constructor(private readonly choose: (id: string) => void) {
    this.surface.setAttribute("aria-label", t("map.label"));
    this.element = h("div", { class: "chart" }, this.surface, this.tools(), this.legend);
    this.surface.addEventListener("click", (event) => this.onClick(event));
    this.surface.addEventListener("keydown", (event) => this.onKey(event));
    fill(this.legend, [...STATES].reverse().map((state) => h("span", { class: state }, mark(state), " ", said("state", state))));
  }

  /** Shows the network as it is known now. What was folded stays folded. */
  update(): void {
    this.tree = treeOf(present.nodes.values());
    const shape = [...present.nodes.keys()].join();
    if (shape !== this.shape) {
      this.shape = shape;
      this.open = openAtFirst(this.tree, this.narrow());
    }
    this.relay();
    this.redraw();
    this.settle();
  }

  /** After the size of the place where it stands has changed. */
  resized(): void {
    this.settle();
  }

  fit(): void {
    this.camera.fit(this.laid.width, this.laid.height);
  }

  /** Lights a way and brings it into sight; null puts it out. */
  light(lit: Lit | null): void {
    this.lit = lit;
    const closed = lit ? opened(this.tree, lit).filter((id) => !this.open.has(id)) : [];
    if (closed.length > 0) {
      for (const id of closed) this.open.add(id);
      this.relay();
    }
    this.redraw();
    if (lit) this.camera.touched = false;
    this.settle();
  }

  /** Shows all of it where that can be read, else the lit way; what somebody moved by hand is left so. */
  private settle(): void {
    if (this.camera.touched) return;
    if (this.lit && !this.camera.holds(this.laid.width, this.laid.height)) this.showAll(this.lit.way);
    else this.fit();
  }

  /** Marks an item as chosen, opens what it is folded into, and brings it into sight. */
  select(id: string): void {
    this.chosen = id;
    const item = this.tree.items.get(id);
    if (item) {
      const closed = [item, ...above(item)].filter((one) => folds(one) && !this.open.has(one.id));
      for (const higher of closed) this.open.add(higher.id);
      if (closed.length > 0) this.relay();
      this.at = id;
    }
    this.redraw();
    const box = item && this.laid.boxes.get(item.id);
    if (box && item.kind !== "onu" && folds(item)) this.revealBelow(box);
    else if (item) this.reveal(item);
  }

  private tools(): HTMLElement {
    const tool = (label: string, sign: string, act: () => void): HTMLElement =>
      h("button", { type: "button", "aria-label": label, title: label, onclick: act }, sign);
    return h(
      "div",
      { class: "tools" },
      tool(t("map.closer"), "+", () => this.camera.closer()),
      tool(t("map.farther"), "\u2212", () => this.camera.farther()),
      tool(t("map.whole"), "\u2922", () => this.fit()),
      tool(t("map.foldall"), "\u229f", () => this.foldAll()),
    );
  }

  private foldAll(): void {
    const first = openAtFirst(this.tree, this.narrow());
    const pons = [...this.tree.items.values()].filter((item) => item.kind === "pon").map((item) => item.id);
    const anyOpen = pons.some((id) => this.open.has(id));
    this.open = anyOpen ? new Set([...first].filter((id) => id.startsWith("places:"))) : first;
    this.relay();
    this.redraw();
    this.fit();
  }

  private narrow(): boolean {
    return this.element.clientWidth < NARROW;
  }

  private relay(): void {
    const links = (present.network?.links ?? []).filter((link) => link.kind === "cable").map((link): [string, string] => [link.a, link.b]);
    this.laid = lay(visible(this.tree, this.open), links, this.open, (item) => caption(item, this.open), this.narrow());
    if (!this.place(this.at)) this.at = this.tree.roots[0]?.id ?? "";
  }

  private redraw(): void {
    const look: Look = { open: this.open, lit: this.lit, chosen: this.chosen, at: this.at };
    const focused = this.surface.contains(document.activeElement);
    this.scene.replaceChildren(...draw(this.laid, look));
    this.surface.classList.toggle("lighting", this.lit !== null);
    if (focused) this.element.querySelector<SVGElement>(`[data-id="${CSS.escape(this.at)}"]`)?.focus({ preventScroll: true });
  }

  private toggle(id: string): void {
    const before = this.laid.boxes.get(id);
    if (!this.open.delete(id)) this.open.add(id);
    this.at = id;
    this.relay();
    this.redraw();
    const now = this.laid.boxes.get(id);
    if (before && now && this.open.has(id)) this.revealBelow(now);
    else if (now) this.reveal(now.item);
  }

  private onClick(event: Event): void {
    const target = event.target as Element;
    const fold = target.closest("[data-fold]")?.getAttribute("data-fold");
    if (fold) {
      this.toggle(fold);
      return;
    }
    const id = target.closest("[data-id]")?.getAttribute("data-id") ?? "";
    const item = this.tree.items.get(id);
    if (item && id === this.chosen && folds(item) && !this.open.has(id)) this.toggle(id);
    this.choose(id);
  }

  private onKey(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const item = this.tree.items.get(this.at);
    const acts: Record<string, () => void> = {
      "+": () => this.camera.closer(),
      "=": () => this.camera.closer(),
      "-": () => this.camera.farther(),
      "0": () => this.fit(),
      Enter: () => this.choose(this.at),
      Escape: () => this.choose(""),
      " ": () => item && folds(item) && this.toggle(item.id),
    };
    const act = acts[event.key] ?? (event.key.startsWith("Arrow") ? () => this.step(event.key as Direction, event.shiftKey) : undefined);
    if (!act) return;
    event.preventDefault();
    act();
  }

  /** To the nearest in a direction; with shift the map is moved instead. */
  private step(way: Direction, moveMap: boolean): void {
    const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[way] as [number, number];
    if (moveMap) {
      this.camera.pan(-80 * x, -80 * y);
      return;
    }
    const here = this.place(this.at);
    if (!here) return;
    let best = "";
    let least = Infinity;
    for (const [id, place] of this.places()) {
      const along = (place.x - here.x) * x + (place.y - here.y) * y;
      const across = Math.abs((place.x - here.x) * y) + Math.abs((place.y - here.y) * x);
      if (id === this.at || along < 4) continue;
      const far = along + 2.5 * across;
      if (far < least) [least, best] = [far, id];
    }
    if (!best) return;
    this.at = best;
    this.redraw();
    const item = this.tree.items.get(best);
    if (item) this.reveal(item);
  }

  private *places(): Iterable<[string, { x: number; y: number }]> {
    for (const [id, box] of this.laid.boxes) {
      if (box.item.kind !== "splitter") yield [id, { x: box.x, y: box.y + HEAD / 2 }];
      for (const chip of box.chips) yield [chip.item.id, { x: box.x + chip.x, y: box.y + chip.y }];
    }
  }

  private place(id: string): { x: number; y: number } | undefined {
    for (const [other, place] of this.places()) if (other === id) return place;
    return undefined;
  }

  private boxOf(item: Item): Box | undefined {
    return this.laid.boxes.get(item.id) ?? this.laid.boxes.get(item.parent?.id ?? "") ?? this.laid.boxes.get(standIn(item, this.open).id);
  }

  private reveal(item: Item): void {
    const box = this.boxOf(item);
    if (box) this.camera.reveal(box.x, box.y, box.width, box.height);
  }

  private revealBelow(box: Box): void {
    this.showAll([box.item.id, ...box.item.children.flatMap((child) => [child.id, ...child.children.map((grandchild) => grandchild.id)])]);
  }

  private showAll(ids: readonly string[]): void {
    const boxes = ids.map((id) => this.tree.items.get(id)).flatMap((item) => (item ? [this.boxOf(item)] : [])).filter((box) => box !== undefined);
    if (boxes.length === 0) return;
    const left = Math.min(...boxes.map((box) => box.x));
    const top = Math.min(...boxes.map((box) => box.y));
    const right = Math.max(...boxes.map((box) => box.x + box.width));
    const bottom = Math.max(...boxes.map((box) => box.y + box.height));
    this.camera.show(left, top, right - left, bottom - top);
  }
}
