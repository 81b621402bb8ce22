/** Boxes, places and joints as SVG. Whoever clicks or tabs to one finds its id in `data-id`. */
import { s } from "../dom";
import { said, t } from "../language";
import type { State } from "../wire/types";
import { type Box, CHIP, type Edge, HEAD, type Laid } from "./layout";
import type { Lit } from "./lit";
import { type Item, folds } from "./tree";

export interface Look {
  open: ReadonlySet<string>;
  lit: Lit | null;
  /** The id that is chosen. */
  chosen: string;
  /** The id that the keyboard is at; the only one with a tab stop. */
  at: string;
}

/** What is written in a box's head. */
export function caption(item: Item, open: ReadonlySet<string>): string {
  const closed = folds(item) && !open.has(item.id);
  switch (item.kind) {
    case "pon":
      return closed ? `${shortName(item)} · ${t("map.onus", { n: item.onus })} · ${t("map.places", { n: item.places })}` : shortName(item);
    case "floor":
      return `${item.label || t("map.nofloor")} · ${t("map.onus", { n: item.onus })}`;
    case "places":
      return t("map.at", { name: item.label, n: item.places });
    case "onu":
      return closed ? `${item.label} · ${item.places}` : item.label;
    default:
      return item.label;
  }
}

/** A PON's name without its OLT's, which stands beside it. */
function shortName(item: Item): string {
  return item.label.slice(item.label.lastIndexOf("/") + 1);
}

export function draw(laid: Laid, look: Look): SVGGElement[] {
  const way = new Set(look.lit?.way);
  const edges = laid.edges.map((edge) => drawEdge(edge, laid, look));
  const boxes = [...laid.boxes.values()].map((box) => drawBox(box, look, way));
  return [s("g", { class: "edges", "aria-hidden": "true" }, edges), s("g", { class: "boxes" }, boxes)];
}

function drawEdge(edge: Edge, laid: Laid, look: Look): SVGElement {
  const way = look.lit?.joints.get(edge.child);
  const child = laid.boxes.get(edge.child);
  const state = child ? stateOf(child.item, look.open) : "holds";
  const line = s("path", { class: `edge ${way ? "lit" : ""} ${state === "unknown" ? "away" : ""}`, d: curve(edge, laid) });
  if (!way) return line;
  // Which way the packet goes: dashes that run from its sender to its receiver.
  const reverse = edge.child.startsWith("places:") ? way === "down" : way === "up";
  return s("g", {}, line, s("path", { class: `flow ${reverse ? "reverse" : ""}`, d: curve(edge, laid) }));
}

/** From side to side, level at both ends. */
function curve(edge: Edge, laid: Laid): string {
  const servers = edge.child.startsWith("places:");
  const left = laid.boxes.get(servers ? edge.child : edge.parent);
  const right = laid.boxes.get(servers ? edge.parent : edge.child);
  if (!left || !right) return "";
  const [x1, y1] = [left.x + left.width, left.y + Math.min(left.height, servers ? left.height : HEAD) / 2];
  const [x2, y2] = [right.x, right.y + Math.min(right.height, HEAD) / 2];
  const middle = edge.points.length > 3 ? edge.points.slice(1, -1) : [];
  const stops = [...middle.map((point): [number, number] => [point.x, point.y]), [x2, y2] as [number, number]];
  let [x, y] = [x1, y1];
  let path = `M${x.toFixed(1)} ${y.toFixed(1)}`;
  for (const [toX, toY] of stops) {
    const bend = (toX - x) / 2;
    path += `C${(x + bend).toFixed(1)} ${y.toFixed(1)} ${(toX - bend).toFixed(1)} ${toY.toFixed(1)} ${toX.toFixed(1)} ${toY.toFixed(1)}`;
    [x, y] = [toX, toY];
  }
  return path;
}

/** Of something folded: the worst below it too. */
function stateOf(item: Item, open: ReadonlySet<string>): State {
  return item.node && (!folds(item) || open.has(item.id)) ? item.node.state : item.worst;
}

function drawBox(box: Box, look: Look, way: ReadonlySet<string>): SVGGElement {
  const { item } = box;
  const state = stateOf(item, look.open);
  const group = s("g", { transform: `translate(${box.x.toFixed(1)} ${box.y.toFixed(1)})`, class: dimmed(look, way, item.id, box) });
  if (item.kind === "splitter") {
    group.append(s("circle", { class: "splitter", cx: 6, cy: 6, r: 5 }, s("title", {}, t("kind.splitter"))));
    return group;
  }
  const foldable = folds(item);
  const open = look.open.has(item.id);
  const head = target(item, `box ${item.kind} ${state} ${marks(look, way, item.id)}`, look, {
    "aria-expanded": foldable ? String(open) : null,
    "aria-label": words(item, state),
  });
  head.append(
    s("rect", { class: "body", width: box.width, height: box.height, rx: shape(item) }),
    s("rect", { class: "stripe", width: 4, height: box.height, rx: 2 }),
    s("use", { class: `mark ${state}`, href: `#state-${state}`, x: 9, y: (HEAD - 14) / 2, width: 14, height: 14 }),
    s("text", { x: 28, y: HEAD / 2 + 4.2 }, caption(item, look.open)),
  );
  if (foldable) head.append(s("path", { class: "fold", "data-fold": item.id, d: `M${box.width - 18} 5h14v16h-14z` }), glyph(box, open));
  group.append(head, ...box.chips.map((chip) => drawChip(chip, look, way)));
  return group;
}

function glyph(box: Box, open: boolean): SVGPathElement {
  const x = box.width - 11;
  return s("path", { class: "glyph", d: open ? `M${x - 4} 11l4 4 4-4` : `M${x - 2} 9l4 4-4 4` });
}

function drawChip(chip: Box["chips"][number], look: Look, way: ReadonlySet<string>): SVGGElement {
  const state = chip.item.node?.state ?? "unknown";
  const group = target(chip.item, `chip ${state} ${marks(look, way, chip.item.id)}`, look, { "aria-label": words(chip.item, state) });
  group.setAttribute("transform", `translate(${chip.x} ${chip.y})`);
  group.append(
    s("rect", { class: "body", width: chip.width, height: CHIP, rx: 3 }),
    s("use", { class: `mark ${state}`, href: `#state-${state}`, x: 4, y: (CHIP - 11) / 2, width: 11, height: 11 }),
    s("text", { x: 19, y: CHIP / 2 + 4 }, chip.item.label),
  );
  return group;
}

function target(item: Item, name: string, look: Look, more: Record<string, string | null>): SVGGElement {
  return s("g", { class: name, "data-id": item.id, role: "button", tabindex: item.id === look.at ? 0 : -1, "aria-pressed": String(item.id === look.chosen), ...more });
}

function marks(look: Look, way: ReadonlySet<string>, id: string): string {
  return [way.has(id) && "lit", id === look.chosen && "chosen", look.lit?.blamed === id && "blamed"].filter(Boolean).join(" ");
}

/** While a way is lit, all else steps back. */
function dimmed(look: Look, way: ReadonlySet<string>, id: string, box: Box): string {
  if (!look.lit || way.has(id) || box.chips.some((chip) => way.has(chip.item.id))) return "";
  return "aside";
}

function shape(item: Item): number {
  return item.kind === "pon" || item.kind === "floor" ? HEAD / 2 : 4;
}

function words(item: Item, state: State): string {
  const why = item.node?.why ? `: ${item.node.why}` : "";
  return `${said("kind", item.kind)} ${caption(item, new Set())}, ${said("state", state)}${why}`;
}
