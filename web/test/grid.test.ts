// What the grid and the row form decide without a browser.
import { expect, test } from "vitest";
import { kindOf, order, widths } from "../src/components/grid-model";
import { python } from "../src/components/samples";
import { blocks, spans } from "../src/markdown";
import { emptyFields, parseRow } from "../src/row-form";
import { loggedBy } from "../src/run-columns";

test("rows sort by value, 64-bit integers exactly, nulls last both ways", () => {
  const big = [["9007199254740993"], [null], ["9007199254740992"], ["-5"]];
  expect([...order(big, 0, "number", false)]).toEqual([3, 2, 0, 1]);
  expect([...order(big, 0, "number", true)]).toEqual([0, 2, 3, 1]);
  expect([...order([["b"], ["a10"], ["a9"], [null]], 0, "text", false)]).toEqual([2, 1, 0, 3]);
  expect([...order([[1], [1], [0]], 0, "number", true)], "equal values stay in order").toEqual([0, 1, 2]);
});

test("kinds and widths follow the column", () => {
  const rows: [string, string][] = [["bigint", "number"], ["decimal(10,2)", "number"], ["timestamp_ntz", "time"], ["array<int>", "nested"], ["string", "text"], ["boolean", "boolean"]];
  for (const [type, kind] of rows) expect(kindOf(type), type).toBe(kind);
  const offsets = widths([{ name: "a", type: "int" }, { name: "b", type: "string" }], [[1, "x".repeat(500)]]);
  expect(offsets).toEqual([0, expect.any(Number), offsets[1]! + 360]);
});

test("a typed row becomes JSON, and says what is wrong where", () => {
  const signature = {
    inputs: [
      { name: "n", type: "double", optional: false },
      { name: "i", type: "int", optional: false },
      { name: "s", type: "string", optional: false },
      { name: "v", type: "vector", optional: false },
      { name: "label", type: "double", optional: true },
    ],
    outputs: [],
  };
  expect(emptyFields(signature)).toEqual({ n: "0", i: "0", s: "", v: "" });
  expect(parseRow(signature, { n: " 1.5 ", i: "2", s: "x", v: "[1, 2]" })).toEqual({ row: { n: 1.5, i: 2, s: "x", v: [1, 2] }, wrong: {} });
  const bad = parseRow(signature, { n: "abc", i: "2.5", s: "", v: "[1," });
  expect(bad.row).toEqual({ s: null });
  expect(Object.keys(bad.wrong)).toEqual(["n", "i", "v"]);
});

test("JSON as Python", () => {
  expect(python({ a: [null, true, 1.5, "x"], b: {} })).toBe('{\n    "a": [\n        None,\n        True,\n        1.5,\n        "x"\n    ],\n    "b": {}\n}');
});

test("error pages", () => {
  expect(blocks("# T: x\n\none\ntwo\n\n- a\n- b\n\n```\ncode  1\n```\n")).toEqual([
    { kind: "heading", text: "T: x" },
    { kind: "paragraph", text: "one two" },
    { kind: "item", text: "a" },
    { kind: "item", text: "b" },
    { kind: "code", text: "code  1" },
  ]);
  expect(spans("run `make web` now")).toEqual([{ text: "run ", code: false }, { text: "make web", code: true }, { text: " now", code: false }]);
});

test("columns of runs: metrics first, of the parameters those that differ; twelve thousand in no time", () => {
  const run = (id: string, metrics: object, params: object) => ({
    info: { run_id: id, experiment_id: "1", status: "FINISHED" as const, start_time: 0 },
    data: {
      metrics: Object.entries(metrics).map(([key, value]) => ({ key, value: value as number, timestamp: 0 })),
      params: Object.entries(params).map(([key, value]) => ({ key, value: String(value) })),
    },
  });
  const few = loggedBy([run("a", { auc: 1 }, { seed: 42, depth: 5 }), run("b", { auc: 1, f1: 0 }, { seed: 42, depth: 6 })]);
  expect(few.columns).toEqual(["metrics.auc", "metrics.f1", "params.depth", "params.seed"]);
  expect(few.first).toEqual(["metrics.auc", "metrics.f1", "params.depth"]);
  expect(few.values.get("b")!.get("params.depth")).toBe("6");
  const wide = Object.fromEntries(Array.from({ length: 12_000 }, (_, at) => [`p${at}`, at]));
  const started = performance.now();
  expect(loggedBy(Array.from({ length: 100 }, (_, at) => run(String(at), {}, wide))).first).toEqual([]);
  expect(performance.now() - started).toBeLessThan(5_000);
});
