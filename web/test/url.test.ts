// Addresses and values: what is written reads back the same, whatever the value.
import { expect, test } from "vitest";
import { choice, fromTrackingLink, list, match, path, sort, text } from "../src/url";
import type { Codec } from "../src/url";

/** A small deterministic generator of awkward texts. */
function* awkwardTexts(count: number): Generator<string> {
  const pieces = ["", ",", "\\", "\\,", "a", "metrics.auc > 0.9 AND params.`x` = 'y'", "ü", "&=?#%", " ", "-", "🧱", "\n"];
  let state = 7;
  const next = (below: number) => (state = (state * 48271) % 2147483647) % below;
  for (let made = 0; made < count; made++) {
    yield Array.from({ length: next(4) }, () => pieces[next(pieces.length)]!).join("");
  }
}

function roundTrip<T>(codec: Codec<T>, value: T): T {
  const query = new URLSearchParams();
  const written = codec.write(value);
  if (written !== undefined) query.set("key", written);
  return codec.read(new URLSearchParams(query.toString()).get("key"));
}

test("texts and lists come back as they were written", () => {
  const texts = [...awkwardTexts(500)];
  for (const value of texts) expect(roundTrip(text("fallback"), value)).toBe(value);
  for (let at = 0; at + 3 < texts.length; at++) {
    // One empty name alone cannot be told from no names; runs, columns and metrics always have names.
    const names = texts.slice(at, at + (at % 4)).filter((name) => name !== "");
    expect(roundTrip(list, names)).toEqual(names);
  }
});

test("sorts and choices come back, and anything unknown is the fallback", () => {
  const fallback = { by: "start_time", descending: true };
  for (const by of ["metrics.auc", "params.a-b", "attributes.run_name"]) {
    for (const descending of [true, false]) expect(roundTrip(sort(fallback), { by, descending })).toEqual({ by, descending });
  }
  expect(roundTrip(sort(fallback), null)).toBeNull();
  expect(sort(fallback).write(fallback)).toBeUndefined();
  const view = choice(["grid", "chart"] as const, "grid");
  expect(view.read("pie")).toBe("grid");
  expect(roundTrip(view, "chart")).toBe("chart");
});

test("paths match their pattern, and parts are escaped both ways", () => {
  const rows: [string, string, Record<string, string> | null][] = [
    ["/", "/", {}],
    ["/", "/sql", null],
    ["/data/:catalog?/:schema?/:table?", "/data", {}],
    ["/data/:catalog?/:schema?/:table?", "/data/main/default/trips", { catalog: "main", schema: "default", table: "trips" }],
    ["/models/:model?/:version?", path`/models/${"a/b c"}/${3}`, { model: "a/b c", version: "3" }],
    ["/runs/:run", "/runs", null],
    ["/runs/:run", "/runs/1/2", null],
  ];
  for (const [pattern, address, expected] of rows) expect(match(pattern, address), `${pattern} ${address}`).toEqual(expected);
});

test("links that MLflow's clients print lead to their place here", () => {
  const rows: [string, string | null][] = [
    ["#/experiments/0/runs/abc", "/runs/abc"],
    ["#/experiments/12", "/experiments/12"],
    ["#/experiments/12?searchFilter=x", "/experiments/12"],
    ["#/models/delays/versions/3", "/models/delays/3"],
    ["#/models/delays", "/models/delays"],
    ["#/models", "/models"],
    ["#section", null],
    ["", null],
  ];
  for (const [hash, expected] of rows) expect(fromTrackingLink(hash), hash).toBe(expected);
});
