/** Begins: who is here, then the view that the address names. */
import { showCapacity } from "./capacity/capacity";
import { h, fill } from "./dom";
import { faultBlock } from "./faults";
import { showHistory } from "./history/history";
import { language, speak, t } from "./language";
import { showLogin } from "./login";
import { begin, end, present } from "./present";
import { type View, route } from "./route";
import { showSay } from "./say/say";
import { showShell } from "./shell";
import { show as showTheme } from "./theme";
import { showTime } from "./capacity/time";
import { get, post, Refusal, whenLoggedOut } from "./wire/call";
import type { Session } from "./wire/types";
import { showWorkspace } from "./workspace";

/** Draws a view into an element; what it follows ends with the signal. */
type Draw = (into: HTMLElement, until: AbortSignal) => void;

const DRAW: Record<View, Draw> = {
  map: showWorkspace,
  intents: showWorkspace,
  say: showSay,
  capacity: showCapacity,
  time: showTime,
  history: showHistory,
};

const page = document.getElementById("page") as HTMLElement;
let shell = new AbortController();

function enter(why = ""): void {
  shell.abort();
  end();
  showLogin(page, why, (session) => void start(session));
}

async function start(session: Session): Promise<void> {
  try {
    await begin(session);
  } catch (fault) {
    fill(page, h("main", { class: "gate" }, faultBlock(fault), h("button", { onclick: () => location.reload() }, t("fault.again"))));
    return;
  }
  draw();
}

function draw(): void {
  shell.abort();
  shell = new AbortController();
  const { main } = showShell(page, shell.signal, draw, () => void leave());
  let view = new AbortController();
  let shown: Draw | null = null;
  const turn = (): void => {
    const wanted = DRAW[route().view];
    document.title = `${t(`nav.${route().view}`)} – Clearway`;
    // Map and intents share one view, which follows the address by itself.
    if (wanted === shown) return;
    view.abort();
    view = new AbortController();
    shown = wanted;
    main.className = route().view;
    fill(main);
    wanted(main, AbortSignal.any([view.signal, shell.signal]));
  };
  turn();
  window.addEventListener("hashchange", turn, { signal: shell.signal });
}

async function leave(): Promise<void> {
  await post("logout", {}).catch(() => undefined);
  enter();
}

async function first(): Promise<void> {
  speak(language());
  showTheme();
  try {
    await start(await get<Session>("session"));
  } catch (fault) {
    enter(fault instanceof Refusal && fault.status === 401 ? "" : t("fault.unreachable"));
  }
}

whenLoggedOut(() => {
  if (present.session) enter(t("login.over"));
});
void first();
