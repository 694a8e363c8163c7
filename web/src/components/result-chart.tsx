// A result as a chart: a line over a number or a time, bars over categories. The choice lives in the address.
import type { JSX } from "preact";
import { useMemo } from "preact/hooks";
import type { Column } from "../api/ui";
import { choice, param, setParam, text } from "../url";
import { BarChart } from "./bar-chart";
import { kindOf, numeric, show } from "./grid-model";
import { lazy } from "./lazy";
import type { Line } from "./line-chart";

const LineChart = lazy(async () => (await import("./line-chart")).LineChart);
const kindCodec = choice(["", "line", "bar"] as const, "");
const columnCodec = text();

export function ResultChart({ columns, rows }: { columns: Column[]; rows: unknown[][] }): JSX.Element {
  const names = columns.map(({ name }) => name);
  const numbers = columns.filter(({ type }) => kindOf(type) === "number").map(({ name }) => name);
  const x = known(param("x", columnCodec), names) ?? names.find((name) => name !== numbers.at(-1)) ?? names[0]!;
  const y = known(param("y", columnCodec), numbers) ?? numbers.findLast((name) => name !== x);
  const xKind = kindOf(columns[names.indexOf(x)]!.type);
  const kind = param("kind", kindCodec) || (xKind === "time" || xKind === "number" ? "line" : "bar");
  const set = (key: string, value: string) => setParam(key, columnCodec, value, { replace: true });
  if (y === undefined) return <p class="meta result-note">A chart needs a column of numbers; this result has none.</p>;
  return (
    <div class="result-chart">
      <div class="controls">
        <label>
          x <Choice value={x} options={names} change={(value) => set("x", value)} />
        </label>
        <label>
          y <Choice value={y} options={numbers} change={(value) => set("y", value)} />
        </label>
        <label>
          as <Choice value={kind} options={["line", "bar"]} change={(value) => set("kind", value)} />
        </label>
      </div>
      <Chart kind={kind} columns={columns} rows={rows} x={x} y={y} />
    </div>
  );
}

const known = (name: string, names: string[]): string | undefined => (names.includes(name) ? name : undefined);

function Choice(props: { value: string; options: string[]; change: (value: string) => void }): JSX.Element {
  return (
    <select value={props.value} onChange={(event) => props.change(event.currentTarget.value)}>
      {props.options.map((option) => (
        <option key={option} value={option} selected={option === props.value}>
          {option}
        </option>
      ))}
    </select>
  );
}

interface ChartProps {
  kind: string;
  columns: Column[];
  rows: unknown[][];
  x: string;
  y: string;
}

function Chart({ kind, columns, rows, x, y }: ChartProps): JSX.Element {
  const at = (name: string) => columns.findIndex((column) => column.name === name);
  const [xAt, yAt] = [at(x), at(y)];
  const xKind = kindOf(columns[xAt]!.type);
  const lines = useMemo(() => [lineOf(rows, xAt, yAt, xKind === "time", y)], [rows, xAt, yAt, xKind, y]);
  const title = `${y} by ${x}`;
  if (kind === "bar") {
    return <BarChart label={title} bars={rows.map((row) => ({ name: show(row[xAt]), value: numeric(row[yAt]) }))} />;
  }
  if (!lines[0]!.x.length) return <p class="meta result-note">{x} has no numbers or times to draw a line over; bars fit it.</p>;
  return <LineChart title={title} lines={lines} xLabel={x} yLabel="" time={xKind === "time"} height={340} />;
}

/** Points in order of x; rows without a number on either axis are left out. */
function lineOf(rows: unknown[][], xAt: number, yAt: number, time: boolean, label: string): Line {
  const xOf = (value: unknown) => (time ? Date.parse(show(value).replace(" ", "T")) : numeric(value));
  const points = rows.map((row) => [xOf(row[xAt]), numeric(row[yAt])] as const);
  const finite = points.filter(([x, y]) => Number.isFinite(x) && Number.isFinite(y)).sort(([a], [b]) => a - b);
  return { label, x: finite.map(([x]) => x), y: finite.map(([, y]) => y) };
}
