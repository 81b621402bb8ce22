/** Where everything stands: layers from the servers by core, OLT and PON to the ONUs, by dagre. Units are CSS pixels at zoom 1. */
import { Graph, layout } from "@dagrejs/dagre";
import { type Item, folds } from "./tree";

export interface Box {
  item: Item;
  x: number;
  y: number;
  width: number;
  height: number;
  /** Places inside, with the offset of each from the box's corner. */
  chips: { item: Item; x: number; y: number; width: number }[];
}

export interface Edge {
  /** Ids of what is joined, as the tree has it: the child, then its parent. */
  child: string;
  parent: string;
  points: { x: number; y: number }[];
}

export interface Laid {
  boxes: Map<string, Box>;
  edges: Edge[];
  width: number;
  height: number;
}

export const HEAD = 26;
export const CHIP = 20;
const GAP = 4;
const PAD = 8;
const ICON = 20;
const LEAST = 76;
const ONE_COLUMN = 4;

/** items: what is drawn. links: pairs of ids beside the tree's own, such as a second cable. caption: what is written in a box's head. */
export function lay(items: readonly Item[], links: readonly [string, string][], open: ReadonlySet<string>, caption: (item: Item) => string, narrow: boolean): Laid {
  const graph = new Graph();
  graph.setGraph({ rankdir: "LR", nodesep: 8, ranksep: narrow ? 18 : 40, edgesep: 4, marginx: 12, marginy: 12 });
  graph.setDefaultEdgeLabel(() => ({}));
  const shown = new Map<string, Box>();
  for (const item of items) shown.set(item.id, sized(item, open, caption(item)));
  for (const [id, box] of shown) graph.setNode(id, { width: box.width, height: box.height });
  const joined: Edge[] = [];
  const join = (child: string, parent: string): void => {
    joined.push({ child, parent, points: [] });
    // Servers stand on the other side of the core than the rooms do.
    if (child.startsWith("places:")) graph.setEdge(child, parent);
    else graph.setEdge(parent, child);
  };
  for (const item of items) if (item.parent && shown.has(item.parent.id)) join(item.id, item.parent.id);
  for (const [a, b] of links) if (shown.has(a) && shown.has(b) && !graph.hasEdge(a, b) && !graph.hasEdge(b, a)) join(b, a);
  // Items come as people count them, and in a tree that order crosses nothing: there is none to look for.
  layout(graph, { disableOptimalOrderHeuristic: true });
  const layers = new Map<number, Box[]>();
  for (const [id, box] of shown) {
    const at = graph.node(id) as { x: number; y: number };
    box.x = at.x - box.width / 2;
    box.y = at.y - box.height / 2;
    layers.set(Math.round(at.x), [...(layers.get(Math.round(at.x)) ?? []), box]);
  }
  // What stands in one layer begins at one line, which is easier to run down than centres; beside servers it ends at one.
  for (const layer of layers.values()) {
    const left = Math.min(...layer.map((box) => box.x));
    const right = Math.max(...layer.map((box) => box.x + box.width));
    const servers = layer.some((box) => box.item.kind === "places");
    for (const box of layer) box.x = servers ? right - box.width : left;
  }
  for (const edge of joined) {
    const [from, to] = edge.child.startsWith("places:") ? [edge.child, edge.parent] : [edge.parent, edge.child];
    edge.points = (graph.edge(from, to) as { points: { x: number; y: number }[] }).points;
  }
  const size = graph.graph() as { width?: number; height?: number };
  return { boxes: shown, edges: joined, width: size.width ?? 0, height: size.height ?? 0 };
}

function sized(item: Item, open: ReadonlySet<string>, caption: string): Box {
  const box: Box = { item, x: 0, y: 0, width: 0, height: HEAD, chips: [] };
  if (item.kind === "splitter") {
    box.width = box.height = 12;
    return box;
  }
  box.width = Math.max(LEAST, 2 * PAD + ICON + textWidth(caption) + (folds(item) ? ICON : 0));
  const places = item.children.filter((child) => child.kind === "place");
  if (places.length === 0 || !open.has(item.id)) return box;
  const columns = places.length > ONE_COLUMN ? 2 : 1;
  const widest = Math.max(...places.map((place) => textWidth(place.label))) + ICON + PAD;
  const width = Math.max(widest, (box.width - 2 * PAD - (columns - 1) * GAP) / columns);
  const rows = Math.ceil(places.length / columns);
  box.chips = places.map((place, number) => ({
    item: place,
    x: PAD + Math.floor(number / rows) * (width + GAP),
    y: HEAD + 2 + (number % rows) * (CHIP + 2),
    width,
  }));
  box.width = 2 * PAD + columns * width + (columns - 1) * GAP;
  box.height = HEAD + rows * (CHIP + 2) + 6;
  return box;
}

let pen: CanvasRenderingContext2D | null = null;

/** The width of a line in the map's type, as heavy as it can get. */
function textWidth(words: string): number {
  pen ??= document.createElement("canvas").getContext("2d");
  if (!pen) return words.length * 7;
  pen.font = `650 12px ${getComputedStyle(document.body).fontFamily}`;
  return Math.ceil(pen.measureText(words).width);
}
