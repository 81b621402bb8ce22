/** The line on which the server tells what changes. It is made anew when it breaks; meanwhile it is known to be broken. */
import { get } from "./call";
import type { ChangedStates, Operation, StatusEvent } from "./types";

export interface Listeners {
  status(event: StatusEvent): void;
  intents(event: ChangedStates): void;
  network(event: ChangedStates): void;
  drift(): void;
  operation(operation: Operation): void;
  /** What was between is not kept: get everything again. */
  reset(): void;
  /** The line is there, or is not any more. */
  connected(is: boolean): void;
}

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;
const ASK_MS = 20_000;
const ANSWER_MS = 6_000;

/** Listens until `close` is called. */
export function listen(listeners: Listeners): { close(): void } {
  let source: EventSource | null = null;
  let pause = FIRST_PAUSE_MS;
  let again = 0;
  let broke = false;

  const open = (): void => {
    source = new EventSource("api/events");
    source.onopen = () => {
      pause = FIRST_PAUSE_MS;
      listeners.connected(true);
      if (broke) listeners.reset();
      broke = false;
    };
    source.onerror = () => retry();
    on<StatusEvent>(source, "status", (event) => listeners.status(event));
    on<ChangedStates>(source, "intents", (event) => listeners.intents(event));
    on<ChangedStates>(source, "network", (event) => listeners.network(event));
    on<Operation>(source, "operation", (event) => listeners.operation(event));
    on<unknown>(source, "drift", () => listeners.drift());
    on<unknown>(source, "reset", () => listeners.reset());
    on<unknown>(source, "end", () => void get("session").catch(() => undefined));
  };

  const retry = (): void => {
    source?.close();
    broke = true;
    listeners.connected(false);
    window.clearTimeout(again);
    again = window.setTimeout(() => void get("session").then(open, retryUnlessOver), pause);
    pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
  };
  // A session that is over is told by the call itself; all else may pass.
  const retryUnlessOver = (fault: { status?: number }): void => {
    if (fault.status !== 401) retry();
  };

  // A cable that was pulled breaks no connection: now and then somebody has to ask.
  const asking = window.setInterval(() => {
    if (broke || document.hidden) return;
    void get("session", AbortSignal.timeout(ANSWER_MS)).catch((fault: { status?: number }) => {
      if (fault.status !== 401) retry();
    });
  }, ASK_MS);

  open();
  return {
    close(): void {
      source?.close();
      window.clearTimeout(again);
      window.clearInterval(asking);
    },
  };
}

function on<T>(source: EventSource, name: string, listener: (data: T) => void): void {
  source.addEventListener(name, (event) => listener(JSON.parse((event as MessageEvent<string>).data) as T));
}
