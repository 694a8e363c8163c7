// Lines over steps, time or a column: uPlot on a canvas, colours from the page's tokens, a legend that reads as text.
import type { JSX } from "preact";
import { useEffect, useRef } from "preact/hooks";
import uPlot from "uplot";
import "uplot/dist/uPlot.min.css";
import { number } from "../format";
import { shownTheme } from "../theme";
import { runGlyph } from "./run-glyph";

export interface Line {
  label: string;
  x: number[];
  y: number[];
}

interface LineChartProps {
  title: string;
  lines: Line[];
  xLabel: string;
  yLabel: string;
  /** x is milliseconds since 1970. */
  time?: boolean;
  /** A logarithmic y axis; values at or below zero are left out. */
  log?: boolean;
  /** Charts with the same name share one crosshair. */
  sync?: string;
  height?: number;
}

const dashes: (number[] | undefined)[] = [undefined, [6, 3], [2, 3], [8, 3, 2, 3], [12, 4], [4, 2]];

export function LineChart(props: LineChartProps): JSX.Element {
  const { title, lines, xLabel, yLabel, time = false, log = false, sync, height = 220 } = props;
  const box = useRef<HTMLDivElement>(null);
  const theme = shownTheme.value;

  useEffect(() => {
    const host = box.current!;
    const color = (token: string) => resolved(host, token);
    const axis = { stroke: color("--muted"), grid: { stroke: color("--line"), width: 1 }, ticks: { show: false } };
    const chart = new uPlot(
      {
        width: host.clientWidth,
        height,
        legend: { show: false },
        cursor: {
          ...(sync ? { sync: { key: sync, setSeries: false } } : {}),
          points: { size: 7 },
          drag: { x: true, y: false },
        },
        scales: { x: { time }, y: log ? { distr: 3 } : { range: padded } },
        ms: 1,
        axes: [
          { ...axis, label: xLabel, labelSize: 18, size: 28, font: META_FONT, labelFont: META_FONT },
          { ...axis, size: (_, values) => 16 + 7 * Math.max(3, ...(values ?? []).map((value) => value?.length ?? 0)), font: META_FONT, values: (_, splits) => splits.map((split) => (split === null ? "" : number(split))) },
        ],
        series: [{}, ...lines.map((_, at) => lineSeries(at, color))],
        hooks: { setCursor: [(chart) => readOut(host, chart, lines)] },
      },
      joined(lines, log),
      host.querySelector<HTMLElement>(".chart-plot")!,
    );
    const observer = new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height }));
    observer.observe(host);
    return () => {
      observer.disconnect();
      chart.destroy();
    };
  }, [lines, theme, time, log, sync, height, xLabel]);

  return (
    <figure class="chart" ref={box}>
      <figcaption>
        <strong>{title}</strong> <span class="meta">{yLabel}</span>
      </figcaption>
      <div class="chart-plot" role="img" aria-label={describe(title, lines)} />
      <ul class="chart-legend">
        {lines.map(({ label, y }, at) => (
          <li key={label}>
            {runGlyph(at)}
            <span class="legend-name">{label}</span>
            <span class="legend-value">{y.length ? number(y[y.length - 1]!) : "–"}</span>
          </li>
        ))}
      </ul>
    </figure>
  );
}

const META_FONT = "12px system-ui, sans-serif";

function lineSeries(at: number, color: (token: string) => string): uPlot.Series {
  const stroke = at < 6 ? color(`--series-${at + 1}`) : color("--muted");
  const dash = dashes[at];
  return { stroke, width: at < 6 ? 1.75 : 1, points: { size: 5, fill: stroke }, spanGaps: true, ...(dash ? { dash } : {}) };
}

/** uPlot wants one x for all lines: the union of theirs, with holes. */
function joined(lines: Line[], log: boolean): uPlot.AlignedData {
  const positive = (y: number) => (Number.isFinite(y) && (!log || y > 0) ? y : null);
  const tables = lines.map(({ x, y }) => [x, y.map(positive)] as unknown as uPlot.AlignedData);
  return tables.length ? uPlot.join(tables) : [[]];
}

function padded(_: uPlot, low: number, high: number): [number, number] {
  if (low === null || high === null) return [0, 1];
  const margin = (high - low || Math.abs(high) || 1) * 0.08;
  const floor = low >= 0 && low - margin < 0 ? 0 : low - margin;
  return [floor, high + margin];
}

/** Puts the values under the crosshair into the legend; the last values when it leaves. */
function readOut(host: HTMLElement, chart: uPlot, lines: Line[]): void {
  const at = chart.cursor.idx;
  const cells = host.querySelectorAll<HTMLElement>(".legend-value");
  for (const [line, cell] of [...cells].entries()) {
    const given = at === null || at === undefined ? lines[line]?.y.at(-1) : chart.data[line + 1]?.[at];
    cell.textContent = typeof given === "number" ? number(given) : "–";
  }
}

function describe(title: string, lines: Line[]): string {
  const parts = lines.slice(0, 6).map(({ label, y }) => {
    const finite = y.filter(Number.isFinite);
    if (!finite.length) return `${label}: no values`;
    const [low, high] = [finite.reduce((a, b) => Math.min(a, b)), finite.reduce((a, b) => Math.max(a, b))];
    return `${label}: ${y.length} points, from ${number(low)} to ${number(high)}, last ${number(finite.at(-1)!)}`;
  });
  return `${title}, line chart. ${parts.join(". ")}`;
}

function resolved(host: HTMLElement, token: string): string {
  const probe = document.createElement("span");
  probe.style.color = `var(${token})`;
  host.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}
