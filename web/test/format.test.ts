// Numbers, times and sizes as people read them.
import { expect, test } from "vitest";
import { ago, bytes, count, csv, duration, metric, number } from "../src/format";

test("numbers", () => {
  const rows: [number, string][] = [
    [0, "0"],
    [1234567, "1,234,567"],
    [-12.5, "−12.5"],
    [0.1 + 0.2, "0.3"],
    [1234.5678, "1234.57"],
    [0.00001234, "1.2340e-5"],
    [NaN, "NaN"],
    [-Infinity, "−∞"],
  ];
  for (const [value, expected] of rows) expect(number(value), String(value)).toBe(expected);
  expect(count("9223372036854775807")).toBe("9,223,372,036,854,775,807");
  expect([metric(0.8), metric(12), metric(-0.05), metric(1e-9)]).toEqual(["0.8000", "12", "−0.0500", "1.0000e-9"]);
});

test("durations and ages", () => {
  const rows: [number, string][] = [
    [0.421, "0.42 ms"],
    [3.44, "3.4 ms"],
    [999, "999 ms"],
    [1000, "1.0 s"],
    [59_940, "59.9 s"],
    [59_960, "1 min 00 s"],
    [125_000, "2 min 05 s"],
    [3_599_600, "1 h 00 min"],
    [11_220_000, "3 h 07 min"],
    [4 * 86_400_000 + 2 * 3_600_000, "4 d 2 h"],
  ];
  for (const [milliseconds, expected] of rows) expect(duration(milliseconds), String(milliseconds)).toBe(expected);
  const ages: [number, string][] = [[1, "just now"], [60, "1 min ago"], [3_600, "1 h ago"], [86_400 * 3, "3 d ago"]];
  for (const [seconds, expected] of ages) expect(ago(0, seconds * 1000), String(seconds)).toBe(expected);
});

test("sizes", () => {
  const rows: [number, string][] = [[0, "0 B"], [999, "999 B"], [1234, "1.2 kB"], [99_960, "100 kB"], [999_700, "1.0 MB"], [8e12, "8.0 TB"]];
  for (const [size, expected] of rows) expect(bytes(size), String(size)).toBe(expected);
});

test("csv keeps null and the empty text apart and quotes what needs it", () => {
  expect(csv(["a", "b,c"], [[null, ""], ['say "x"', { k: [1] }], ["9007199254740993", 0.1]])).toBe(
    'a,"b,c"\r\n,""\r\n"say ""x""","{""k"":[1]}"\r\n9007199254740993,0.1\r\n',
  );
});
