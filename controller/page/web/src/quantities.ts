/** Rates, sizes and times as the field writes them. */
import { language } from "./language";

const UNITS: readonly [number, string][] = [
  [1e9, "Gbit/s"],
  [1e6, "Mbit/s"],
  [1e3, "kbit/s"],
];

function figure(value: number, digits: number): string {
  return new Intl.NumberFormat(locale(), { maximumSignificantDigits: digits }).format(value);
}

function locale(): string {
  return language() === "zh" ? "zh-CN" : "en-GB";
}

/** bit/s with three digits: 4.56 Gbit/s. */
export function rate(bps: number): string {
  for (const [size, unit] of UNITS) if (Math.abs(bps) >= size) return `${figure(bps / size, 3)} ${unit}`;
  return `${figure(bps, 3)} bit/s`;
}

/** Microseconds with three digits: 950 \u00b5s, 2.61 ms, 1.02 s. */
export function duration(us: number): string {
  if (us >= 1e6) return `${figure(us / 1e6, 3)} s`;
  if (us >= 1e3) return `${figure(us / 1e3, 3)} ms`;
  return `${figure(us, 3)} \u00b5s`;
}

/** Bytes: 512 KiB. */
export function size(bytes: number): string {
  if (bytes >= 2 ** 30) return `${figure(bytes / 2 ** 30, 3)} GiB`;
  if (bytes >= 2 ** 20) return `${figure(bytes / 2 ** 20, 3)} MiB`;
  if (bytes >= 2 ** 10) return `${figure(bytes / 2 ** 10, 3)} KiB`;
  return `${figure(bytes, 3)} B`;
}

export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

export function percent(part: number): string {
  return new Intl.NumberFormat(locale(), { style: "percent", maximumFractionDigits: 0 }).format(part);
}

/** Hours, minutes, seconds here. */
export function clock(when: Date): string {
  return new Intl.DateTimeFormat(locale(), { hour: "2-digit", minute: "2-digit", second: "2-digit", hour12: false }).format(when);
}

/** Day and time of a moment, the day left out if it is today. */
export function moment(iso: string): string {
  const when = new Date(iso);
  if (Number.isNaN(when.getTime())) return iso;
  if (when.toDateString() === new Date().toDateString()) return clock(when);
  return new Intl.DateTimeFormat(locale(), {
    year: "numeric", month: "2-digit", day: "2-digit", hour: "2-digit", minute: "2-digit", hour12: false,
  }).format(when);
}
