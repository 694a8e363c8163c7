// The palette's promises, computed from the stylesheet itself: contrast (WCAG 2.2) and distance under colour blindness.
import { expect, test } from "vitest";
import css from "../src/styles/tokens.css?raw";

type Rgb = [number, number, number];
type Theme = "light" | "dark";

const tokens = new Map(
  [...css.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\)/g)].map(([, name, light, dark]) => [name!, { light: light!, dark: dark! }]),
);

const linear = (name: string, theme: Theme): Rgb => {
  const hex = tokens.get(name)![theme];
  return [1, 3, 5].map((at) => {
    const value = parseInt(hex.slice(at, at + 2), 16) / 255;
    return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
  }) as Rgb;
};

const luminance = ([r, g, b]: Rgb) => 0.2126 * r + 0.7152 * g + 0.0722 * b;

function contrast(a: Rgb, b: Rgb): number {
  const [high, low] = [luminance(a), luminance(b)].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

// Machado, Oliveira and Fernandes 2009, severity 1, on linear RGB.
const blindness: Record<string, Rgb[]> = {
  protan: [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
  deutan: [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
  tritan: [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
};

const seen = (matrix: Rgb[], color: Rgb): Rgb =>
  matrix.map((row) => Math.min(1, Math.max(0, row[0] * color[0] + row[1] * color[1] + row[2] * color[2]))) as Rgb;

function oklab([r, g, b]: Rgb): Rgb {
  const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
  const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
  const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
  return [
    0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
    0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
  ];
}

const distance = (a: Rgb, b: Rgb): number => 100 * Math.hypot(...oklab(a).map((value, at) => value - oklab(b)[at]!));

const themes: Theme[] = ["light", "dark"];
const statuses = ["done", "running", "waiting", "late", "failed"];
const series = [1, 2, 3, 4, 5, 6].map((at) => `series-${at}`);

test("text stands out from every ground it lies on", () => {
  const pairs: [string, string, number][] = [
    ...["bg", "surface", "raised", "hover"].flatMap((ground): [string, string, number][] => [["text", ground, 7], ["muted", ground, 4.5]]),
    ["brick", "bg", 4.5],
    ["brick", "brick-wash", 4.5],
    ["on-brick", "brick", 4.5],
    ["text", "brick-wash", 7],
    ["edge", "bg", 3],
    ...statuses.map((status): [string, string, number] => [status, "bg", 4.5]),
  ];
  for (const theme of themes) {
    for (const [front, ground, least] of pairs) {
      expect(contrast(linear(front, theme), linear(ground, theme)), `${theme}: ${front} on ${ground}`).toBeGreaterThanOrEqual(least);
    }
  }
});

test("statuses and series stay apart for everybody", () => {
  for (const theme of themes) {
    for (const [kind, matrix] of Object.entries(blindness)) {
      const closest = (names: string[]) =>
        Math.min(...names.flatMap((a, at) => names.slice(at + 1).map((b) => distance(seen(matrix, linear(a, theme)), seen(matrix, linear(b, theme))))));
      expect(closest(statuses), `${theme}, ${kind}: statuses`).toBeGreaterThan(7);
      expect(closest(series), `${theme}, ${kind}: series`).toBeGreaterThan(9);
    }
  }
});
