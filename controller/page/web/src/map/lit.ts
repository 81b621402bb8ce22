/** A packet's way on the tree: which items and which joints it crosses, and where it ends badly. */
import type { Counterexample, IntentInFull, Way } from "../wire/types";
import { type Item, type Tree, above, between, folds } from "./tree";

const FEW = 4;

export interface Lit {
  /** Ids on the way, in order. */
  way: string[];
  /** Child ids of the joints that are crossed, and whether upwards. */
  joints: Map<string, "up" | "down">;
  /** The item to blame, if it is broken. */
  blamed: string | null;
}

/** The way of a pair, from place to place; of a broken intent, that of the packet which shows it. */
export function litOf(tree: Tree, intent: IntentInFull, way: Way | undefined): Lit | null {
  const shown = intent.counterexample;
  if (shown && (shown.hops.length > 0 || !way)) {
    const lit = through(tree, stationsOf(shown, intent), blamedOf(shown));
    // Where it should have gone stays bright, though nothing leads there.
    const sender = senderOf(shown, intent);
    for (const end of [...intent.places.from, ...intent.places.to].slice(0, FEW)) if (`place:${end}` !== sender) lit.way.push(`place:${end}`);
    return lit;
  }
  if (!way) return null;
  return through(tree, [`place:${way.from}`, ...way.hops.map((hop) => hop.node), `place:${way.to}`], null);
}

/** The way between two places as cables and fibres lie, for the moment before the proof's own way is there. */
export function litBetween(tree: Tree, from: string, to: string): Lit {
  return through(tree, [`place:${from}`, `place:${to}`], null);
}

function stationsOf(shown: Counterexample, intent: IntentInFull): string[] {
  const from = intent.places.from[0];
  return [...(from && shown.hops.length > 0 ? [senderOf(shown, intent) ?? ""] : []), ...shown.hops.map((hop) => hop.node)].filter(Boolean);
}

/** The place that sends the packet: told by its address or name, where the packet says so. */
function senderOf(shown: Counterexample, intent: IntentInFull): string | null {
  const said = shown.packet["from"] ?? shown.packet["place"];
  if (said) return `place:${said}`;
  const [only, ...more] = intent.places.from;
  return only && more.length === 0 ? `place:${only}` : null;
}

function blamedOf(shown: Counterexample): string | null {
  const failing = shown.failing_hop === null ? undefined : shown.hops[shown.failing_hop];
  return failing?.node ?? shown.blame[0]?.device ?? null;
}

function through(tree: Tree, stations: readonly string[], blamed: string | null): Lit {
  const known = stations.map((id) => tree.items.get(id)).filter((item): item is Item => item !== undefined);
  const lit: Lit = { way: [], joints: new Map(), blamed };
  known.forEach((item, number) => {
    const before = known[number - 1];
    const part = before ? between(before, item) : [item];
    part.forEach((step, place) => {
      const last = part[place - 1];
      if (last) lit.joints.set(...joint(last, step));
      if (lit.way.at(-1) !== step.id) lit.way.push(step.id);
    });
  });
  return lit;
}

function joint(from: Item, to: Item): [string, "up" | "down"] {
  return from.parent === to ? [from.id, "up"] : [to.id, "down"];
}

/** What has to be open for the way to be seen. */
export function opened(tree: Tree, lit: Lit): string[] {
  const needed = new Set<string>();
  for (const id of lit.way) {
    const item = tree.items.get(id);
    if (item) for (const higher of above(item)) if (folds(higher)) needed.add(higher.id);
  }
  return [...needed];
}
