/**
 * The network as a tree of what may be folded: switch, OLT, PON, splitter, floor, ONU, places.
 *
 * A floor stands between a PON and its ONUs where there are many and they say on which floor they are. The places of a
 * switch stand together in one box, as those of an ONU do.
 */
import type { NetworkNode, NodeKind, State } from "../wire/types";
import { STATES } from "../wire/types";

export type ItemKind = NodeKind | "floor" | "places";

export interface Item {
  id: string;
  kind: ItemKind;
  label: string;
  parent: Item | null;
  children: Item[];
  /** What the network says of it; of a floor or a box of places there is none. */
  node: NetworkNode | null;
  /** The worst of it and of all below. */
  worst: State;
  onus: number;
  places: number;
}

export interface Tree {
  roots: Item[];
  items: Map<string, Item>;
}

const MANY_ONUS = 12;
const MANY_PLACES = 150;
const natural = new Intl.Collator(undefined, { numeric: true });

export function treeOf(nodes: Iterable<NetworkNode>): Tree {
  const items = new Map<string, Item>();
  for (const node of nodes) items.set(node.id, itemOf(node));
  const roots: Item[] = [];
  for (const item of [...items.values()]) {
    const parent = item.node?.parent ? items.get(item.node.parent) : undefined;
    if (!parent) roots.push(item);
    else if (item.kind === "place" && parent.kind === "switch") join(boxOfPlaces(parent, items), item);
    else join(parent, item);
  }
  for (const item of [...items.values()]) if (item.kind === "splitter" || item.kind === "pon") putFloors(item, items);
  for (const root of roots) sum(root);
  return { roots: roots.sort(byLabel), items };
}

function itemOf(node: NetworkNode): Item {
  return blank(node.id, node.kind, node.label || node.name, node);
}

function blank(id: string, kind: ItemKind, label: string, node: NetworkNode | null): Item {
  return { id, kind, label, parent: null, children: [], node, worst: node?.state ?? "holds", onus: 0, places: 0 };
}

function join(parent: Item, child: Item): void {
  child.parent = parent;
  parent.children.push(child);
}

function boxOfPlaces(of: Item, items: Map<string, Item>): Item {
  const id = `places:${of.id}`;
  let box = items.get(id);
  if (!box) {
    box = blank(id, "places", of.label, null);
    items.set(id, box);
    join(of, box);
  }
  return box;
}

function putFloors(under: Item, items: Map<string, Item>): void {
  const onus = under.children.filter((child) => child.kind === "onu");
  const floors = new Set(onus.map(floorOf));
  if (onus.length <= MANY_ONUS || floors.size < 2) return;
  under.children = under.children.filter((child) => child.kind !== "onu");
  for (const onu of onus) {
    const floor = floorOf(onu);
    const id = `floor:${under.id}:${floor}`;
    let item = items.get(id);
    if (!item) {
      item = blank(id, "floor", floor, null);
      items.set(id, item);
      join(under, item);
    }
    join(item, onu);
  }
}

function floorOf(item: Item): string {
  return [item.node?.building, item.node?.floor].filter(Boolean).join(" / ");
}

function sum(item: Item): void {
  item.children.sort(byLabel);
  item.onus = item.kind === "onu" ? 1 : 0;
  item.places = item.kind === "place" ? 1 : 0;
  for (const child of item.children) {
    sum(child);
    item.onus += child.onus;
    item.places += child.places;
    if (STATES.indexOf(child.worst) < STATES.indexOf(item.worst)) item.worst = child.worst;
  }
}

function byLabel(a: Item, b: Item): number {
  return natural.compare(a.label, b.label);
}

/** Whether it can be folded and opened. */
export function folds(item: Item): boolean {
  return item.children.length > 0 && (item.kind === "pon" || item.kind === "floor" || item.kind === "onu" || item.kind === "places");
}

/** What is open when the map is first shown: all of a small network (where there is room), down to the PONs of a large one. */
export function openAtFirst(tree: Tree, narrow: boolean): Set<string> {
  const all = [...tree.items.values()];
  const few = all.filter((item) => item.kind === "place").length <= MANY_PLACES;
  const opens = (item: Item): boolean => {
    if (narrow) return few && item.kind === "pon";
    return few || (item.kind === "places" && item.children.length <= MANY_ONUS);
  };
  return new Set(all.filter((item) => folds(item) && opens(item)).map((item) => item.id));
}

/** All above an item, the nearest first. */
export function above(item: Item): Item[] {
  const found: Item[] = [];
  for (let at = item.parent; at; at = at.parent) found.push(at);
  return found;
}

/** The items that are drawn: those under nothing folded. Places are drawn inside of their box, so they are left out. */
export function visible(tree: Tree, open: ReadonlySet<string>): Item[] {
  const found: Item[] = [];
  const add = (item: Item): void => {
    if (item.kind === "place" && item.parent) return;
    found.push(item);
    if (!folds(item) || open.has(item.id)) item.children.forEach(add);
  };
  tree.roots.forEach(add);
  return found;
}

/** The item, or what it is folded into. */
export function standIn(item: Item, open: ReadonlySet<string>): Item {
  let stand = item;
  for (const higher of above(item)) if (folds(higher) && !open.has(higher.id)) stand = higher;
  return stand;
}

/** All items on the way from one to another, both included, in order. */
export function between(a: Item, b: Item): Item[] {
  const up = [a, ...above(a)];
  const down = [b, ...above(b)];
  const meet = up.find((item) => down.includes(item));
  if (!meet) return [a, b];
  return [...up.slice(0, up.indexOf(meet) + 1), ...down.slice(0, down.indexOf(meet)).reverse()];
}
