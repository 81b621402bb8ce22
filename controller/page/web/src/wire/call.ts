/** Calls to the server: JSON both ways, the session's token with whatever changes something, faults as `Refusal`. */
import type { Diagnostic, Problem } from "./types";

/** What the server refused, or that it could not be reached (status 0). */
export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly diagnostics: readonly Diagnostic[],
  ) {
    super(title);
  }
}

let token = "";
let onLoggedOut: () => void = () => undefined;

/** The session's token against forged requests; "" where there is no session. */
export function useToken(csrf: string): void {
  token = csrf;
}

/** What to do when the server no longer knows the session. */
export function whenLoggedOut(listener: () => void): void {
  onLoggedOut = listener;
}

export async function get<T>(path: string, signal?: AbortSignal): Promise<T> {
  return (await call(path, { ...(signal ? { signal } : {}) })) as T;
}

export async function post<T>(path: string, body: unknown, signal?: AbortSignal): Promise<T> {
  return (await call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json", "X-CSRF-Token": token },
    body: JSON.stringify(body),
    ...(signal ? { signal } : {}),
  })) as T;
}

async function call(path: string, request: RequestInit): Promise<unknown> {
  let answer: Response;
  try {
    answer = await fetch(`api/${path}`, { ...request, credentials: "same-origin", headers: { Accept: "application/json", ...request.headers } });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new Refusal(0, "", "", []);
  }
  if (answer.status === 204) return null;
  const text = await answer.text();
  if (answer.ok) return JSON.parse(text);
  const problem = read(text, answer.status);
  if (answer.status === 401 && path !== "login") onLoggedOut();
  throw new Refusal(answer.status, problem.title, problem.detail, problem.diagnostics);
}

/** A problem document; what is none (a proxy's page) becomes one with nothing but the status. */
function read(text: string, status: number): Problem {
  const empty: Problem = { status, title: `HTTP ${status}`, detail: "", code: "", retry_s: null, diagnostics: [] };
  try {
    return { ...empty, ...(JSON.parse(text) as Partial<Problem>) };
  } catch {
    return empty;
  }
}
