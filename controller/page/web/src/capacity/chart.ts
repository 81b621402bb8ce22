/** A small line chart: what was measured over time, with the promise and the bound as level lines. Times run to the right. */
import { h, s } from "../dom";
import { clock } from "../quantities";
import type { Point } from "../wire/types";

const WIDTH = 320;
const HEIGHT = 84;
const TOP = 6;

export interface Level {
  value: number;
  kind: "owed" | "bound";
  words: string;
}

/** title: what is shown, also for readers. write: a value in its unit. from, to: ISO 8601. */
export function chart(title: string, lines: readonly { points: readonly Point[] }[], levels: readonly Level[], write: (value: number) => string, from: string, to: string): HTMLElement {
  const [start, end] = [Date.parse(from), Date.parse(to)];
  const values = [...lines.flatMap((line) => line.points.map((point) => point[1])), ...levels.map((level) => level.value)];
  const most = Math.max(...values, 1) * 1.05;
  const x = (time: number): number => (end > start ? ((time - start) / (end - start)) * WIDTH : 0);
  const y = (value: number): number => TOP + (1 - value / most) * (HEIGHT - TOP);
  const last = lines.map((line) => line.points.at(-1)?.[1]).filter((value) => value !== undefined);
  const now = last.length > 0 ? Math.max(...last) : null;
  return h(
    "figure",
    { class: "chart-figure" },
    h("figcaption", {}, h("span", {}, title), now !== null && h("strong", {}, write(now)), levels.map((level) => h("span", { class: `level-word ${level.kind}` }, level.words))),
    s(
      "svg",
      { class: "series", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img", "aria-label": [title, now === null ? "" : write(now), ...levels.map((level) => level.words)].filter(Boolean).join(", ") },
      s("path", { class: "axis", d: `M0 ${HEIGHT - 0.5}H${WIDTH}` }),
      levels.map((level) => s("path", { class: `level ${level.kind}`, d: `M0 ${y(level.value).toFixed(1)}H${WIDTH}` })),
      lines.map((line) => s("path", { class: "value", d: path(line.points.map(([time, value]) => [x(Date.parse(time)), y(value)])) })),
    ),
    h("p", { class: "ticks dim small" }, h("span", {}, clock(new Date(start))), h("span", {}, clock(new Date(end)))),
  );
}

function path(points: readonly (readonly [number, number])[]): string {
  return points.map(([x, y], number) => `${number === 0 ? "M" : "L"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}
