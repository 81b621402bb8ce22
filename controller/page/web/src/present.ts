/** What is known now: who is logged in, the network, the intents, the last status. Whoever shows some of it is told of changes. */
import { get, useToken } from "./wire/call";
import { listen } from "./wire/live";
import type { ChangedStates, Intent, Network, NetworkNode, Operation, Session, StatusEvent } from "./wire/types";

export type Topic = "intents" | "network" | "status" | "line" | "operation" | "drift";

const topics = new EventTarget();

export const present = {
  session: null as Session | null,
  network: null as Network | null,
  nodes: new Map<string, NetworkNode>(),
  intents: new Map<string, Intent>(),
  status: null as StatusEvent | null,
  connected: false,
  /** When something was heard last. */
  asOf: new Date(),
  operation: null as Operation | null,
};

/** The revision of the lists, and whether the line's first status is still to come. */
let listed = 0;
let joining = true;

let line: { close(): void } | null = null;

/** Calls the listener at each change of a topic until the signal is given. */
export function follow(topic: Topic, listener: () => void, until?: AbortSignal): void {
  topics.addEventListener(topic, listener, until ? { signal: until } : {});
}

function tell(topic: Topic): void {
  topics.dispatchEvent(new Event(topic));
}

export function may(role: string): boolean {
  return present.session?.roles.some((held) => held === role || held === "admin") ?? false;
}

/** Begins to follow the service with a session. */
export async function begin(session: Session): Promise<void> {
  present.session = session;
  useToken(session.csrf);
  await everything();
  line = listen({
    status: onStatus,
    intents: onIntents,
    network: onNetwork,
    drift: () => tell("drift"),
    operation: (operation) => {
      present.operation = operation;
      tell("operation");
    },
    reset: () => void everything().catch(() => undefined),
    connected: (is) => {
      if (!is && present.connected) present.asOf = new Date();
      if (is) joining = true;
      present.connected = is;
      tell("line");
    },
  });
}

/** Forgets all: the session is over. */
export function end(): void {
  line?.close();
  line = null;
  useToken("");
  Object.assign(present, { session: null, network: null, status: null, connected: false, operation: null });
  present.nodes.clear();
  present.intents.clear();
}

async function everything(): Promise<void> {
  const [network, list] = await Promise.all([get<Network>("network"), get<{ revision: number; intents: Intent[] }>("intents")]);
  listed = Math.min(network.revision, list.revision);
  present.network = network;
  present.nodes = new Map(network.nodes.map((node) => [node.id, node]));
  present.intents = new Map(list.intents.map((intent) => [intent.name, intent]));
  tell("network");
  tell("intents");
}

function onStatus(event: StatusEvent): void {
  // What changed between the lists and the line was told to nobody.
  if (joining && event.revision > listed) void everything().catch(() => undefined);
  joining = false;
  present.status = event;
  present.asOf = new Date();
  tell("status");
}

function onIntents(event: ChangedStates): void {
  const unknown = Object.keys(event.changed).some((name) => !present.intents.has(name));
  for (const [name, now] of Object.entries(event.changed)) {
    const intent = present.intents.get(name);
    if (intent) present.intents.set(name, { ...intent, ...now });
  }
  for (const name of event.gone) present.intents.delete(name);
  tell("intents");
  // A state comes with the event; sentences, bounds, commits of what is new or proven anew come with the list.
  void refreshIntents(unknown);
}

let asked = 0;

async function refreshIntents(atOnce: boolean): Promise<void> {
  window.clearTimeout(asked);
  const fetchThem = async (): Promise<void> => {
    const list = await get<{ intents: Intent[] }>("intents").catch(() => null);
    if (!list) return;
    present.intents = new Map(list.intents.map((intent) => [intent.name, intent]));
    tell("intents");
  };
  if (atOnce) await fetchThem();
  else asked = window.setTimeout(() => void fetchThem(), 300);
}

function onNetwork(event: ChangedStates): void {
  for (const [id, now] of Object.entries(event.changed)) {
    const node = present.nodes.get(id);
    if (node) Object.assign(node, now);
  }
  tell("network");
}
