/** What the page's server says (controller/page/README.md has the meaning of each field). */

export type State = "holds" | "at_risk" | "broken" | "drifted" | "unknown";
export type Language = "en" | "zh";

/** The worst first. */
export const STATES: readonly State[] = ["broken", "drifted", "at_risk", "unknown", "holds"];

export interface Diagnostic {
  code: string;
  message: string;
  hint: string;
  severity: "error" | "warning";
  file: string;
  line: number;
  column: number;
}

/** RFC 9457. */
export interface Problem {
  status: number;
  title: string;
  detail: string;
  code: string;
  retry_s: number | null;
  diagnostics: Diagnostic[];
}

export interface Session {
  user: string;
  role: string;
  roles: string[];
  csrf: string;
  languages: Language[];
  campus: string;
  revision: number;
  git: boolean;
  expires: string;
}

export type NodeKind = "switch" | "olt" | "pon" | "splitter" | "onu" | "place";

export interface NetworkNode {
  id: string;
  kind: NodeKind;
  name: string;
  label: string;
  parent: string | null;
  site: string;
  building: string;
  floor: string;
  state: State;
  why: string;
}

export interface NetworkLink {
  a: string;
  b: string;
  kind: "cable" | "fibre" | "patch";
  state: State;
  rate_mbps: number;
}

export interface Network {
  revision: number;
  nodes: NetworkNode[];
  links: NetworkLink[];
}

export interface Sentence {
  en: string;
  zh: string | null;
}

export interface Delivery {
  images: number;
  size_bytes: number;
  within_us: number;
}

export interface Guarantee {
  rate_bps: number | null;
  deliver: Delivery | null;
  latency_us: number | null;
  limit_bps: number | null;
  class: string | null;
  via: string | null;
  survive: string | null;
  when: string | null;
}

export interface Bound {
  from: string;
  to: string;
  rate_bps: number;
  rate_bound_by: string;
  delay_us: number | null;
  delay_bound_by: string;
  backlog_bits: number | null;
  completion_us: number | null;
  relies_on: string[];
  hops: { device: string; queue: string; rate_bps: number; latency_us: number }[];
}

export type IntentKind = "guarantee" | "deliver" | "latency" | "limit" | "allow" | "deny" | "quarantine";

export interface Intent {
  name: string;
  sentence: Sentence;
  state: State;
  why: string;
  kind: IntentKind;
  resting: string | null;
  guarantee: Guarantee;
  bound: Bound | null;
  owner: string;
  commit: string;
  file: string;
  line: number;
  proven_at: string | null;
}

export interface Decided {
  text: string;
  origin: string;
  owner: string;
  ours: boolean;
}

export interface Hop {
  device: string;
  node: string;
  in: string;
  out: string;
  vlan: number | null;
  pcp: number | null;
  vlan_before: number | null;
  pcp_before: number | null;
  queue: string;
  tcont: string;
  gem: string;
  flow: string;
  meter: string;
  note: string;
  decided: Decided[];
  statement: string;
}

export type Packet = Record<string, string>;

export interface Way {
  from: string;
  to: string;
  direction: "there" | "back";
  packet: Packet;
  hops: Hop[];
}

export interface Counterexample {
  property: string;
  statement: string;
  packet: Packet;
  stands_for: string;
  expected: string;
  actual: string;
  failing_hop: number | null;
  hops: Hop[];
  blame: { device: string; object: string; owner: string; remedy: string; statement: string }[];
  all_needed: boolean;
}

export interface Drift {
  device: string;
  node: string;
  object: string;
  kind: "missing" | "extra" | "changed";
  differs: { attribute: string; applied: string; found: string }[];
  ours: boolean;
  owner: string;
  intents: string[];
  statement: string;
}

export interface Finding {
  property: string;
  holds: boolean;
  statement: string;
  cannot_prove: boolean;
}

export interface IntentInFull extends Intent {
  revision: number;
  etag: string;
  writable: boolean;
  places: { from: string[]; to: string[] };
  findings: Finding[];
  ways: Way[];
  counterexample: Counterexample | null;
  drift: Drift[];
  fault: string;
}

export interface Disruption {
  kind: "hitless" | "disruptive";
  whom: string[];
  reasons: string[];
}

export type Base = Record<string, string>;

export interface Said {
  understood: { name: string; yaml: string; sentence: Sentence } | null;
  promised: { guarantee: Guarantee | null; bound: Bound | null; holds: boolean; statement: string } | null;
  takes_from: {
    resource: string;
    node: string;
    capacity_bps: number;
    promised_before_bps: number;
    promised_bps: number;
    free_bps: number;
    intents: string[];
  }[];
  disruption: Disruption | null;
  refusal: { code: string; diagnostics: Diagnostic[] } | null;
  changes: number;
  base: Base;
  etag: string;
}

export interface Change {
  device: string;
  op: string;
  object: string;
  summary: string;
  disruptive: boolean;
  reason: string;
  places: string[];
  onus: string[];
  intents: { name: string; file: string; line: number }[];
}

export interface Plan {
  changes: Change[];
  devices: { device: string; add: number; modify: number; remove: number }[];
  disruption: Disruption;
  warnings: Diagnostic[];
  base: Base;
  markdown: string;
}

export interface Operation {
  id: string;
  state: "waiting" | "running" | "succeeded" | "failed" | "cancelled";
  title: string;
  author: string;
  created: string;
  ended: string | null;
  progress: { phase: string; words: string; device: string; done: number; total: number } | null;
  error: Problem | null;
  result: {
    changes: number;
    commit: HistoryEntry | null;
    holds: boolean | null;
    intents: { name: string; holds: boolean }[];
  } | null;
}

export interface Resource {
  resource: string;
  node: string;
  kind: "pon" | "uplink" | "port";
  direction: "up" | "down" | "out" | "in";
  capacity_bps: number;
  promised_bps: number;
  free_bps: number;
  planned_bps: number | null;
  measured_bps: number | null;
  intents: { name: string; bps: number }[];
}

export interface Capacity {
  revision: number;
  resources: Resource[];
  stocks: { resource: string; used: number; most: number | null }[];
}

export type Point = [string, number];

export interface Series {
  intent: string;
  from: string;
  to: string;
  step_s: number;
  guarantee: { rate_bps: number | null; latency_us: number | null } | null;
  bound: { rate_bps: number; delay_us: number | null; completion_us: number | null } | null;
  rates: { pair: string; where: string; points: Point[] }[];
  delays: { pair: string; where: string; points: Point[] }[];
}

export interface HistoryEntry {
  number: number;
  commit: string;
  author: string;
  subject: string;
  state: string;
  words: string;
  time: string;
  history: { state: string; at: string }[];
  plan: { changes: Record<string, number>; interrupts: string[] } | null;
  proof: { hold: number; of: number; broken: string[] } | null;
  approved_by: string;
  approved_at: string | null;
  superseded_by: string;
  by_api: boolean;
  faults: Diagnostic[];
  can: { approve: boolean; revert: boolean };
}

export interface AuditRecord {
  seq: number;
  time: string;
  kind: string;
  fields: Record<string, unknown>;
}

export interface BreakGlass {
  device: string;
  node: string;
  owner: string;
  why: string;
  since: string;
  until: string;
  refused: string;
}

export interface StatusEvent {
  revision: number;
  time: string;
  cause: string;
  holds: boolean;
  commit: string;
  details: string[];
  counts: Record<State, number>;
  faults: Diagnostic[];
}

export interface ChangedStates {
  revision: number;
  changed: Record<string, { state: State; why: string }>;
  gone: string[];
}
