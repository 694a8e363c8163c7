// A small chart for every metric, the runs as lines, one crosshair through all. A metric logged once is a dot, drawn as bars.
import type { JSX } from "preact";
import { useMemo, useState } from "preact/hooks";
import { metricHistory, metricValue, runName } from "../api/mlflow";
import type { Metric, Run } from "../api/mlflow";
import { useQuery } from "../api/query";
import { choice, param, setParam } from "../url";
import { BarChart } from "./bar-chart";
import { Answer } from "./layout";
import { lazy } from "./lazy";
import { seriesStyle } from "./run-glyph";
import type { Line } from "./line-chart";

const LineChart = lazy(async () => (await import("./line-chart")).LineChart);
/** Each chart asks for a history, so they come a few at a time. */
const CHARTS = 12;
const scaleCodec = choice(["", "log"] as const, "");
const byCodec = choice(["step", "time"] as const, "step");

export function MetricCurves({ runs, metrics }: { runs: Run[]; metrics: string[] }): JSX.Element {
  const log = param("scale", scaleCodec) === "log";
  const by = param("by", byCodec);
  const [typed, setTyped] = useState("");
  const [shown, show] = useState(CHARTS);
  const found = metrics.filter((metric) => metric.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <>
      <div class="controls">
        <label>
          by{" "}
          <select onChange={(event) => setParam("by", byCodec, event.currentTarget.value === "time" ? "time" : "step", { replace: true })}>
            <option value="step" selected={by === "step"}>step</option>
            <option value="time" selected={by === "time"}>time since start</option>
          </select>
        </label>
        <label class="check">
          <input
            type="checkbox"
            checked={log}
            onChange={(event) => setParam("scale", scaleCodec, event.currentTarget.checked ? "log" : "", { replace: true })}
          />
          Log scale
        </label>
        {metrics.length > CHARTS && (
          <input type="search" aria-label="Filter metrics" placeholder="Filter metrics" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        )}
      </div>
      <div class="charts">
        {found.slice(0, shown).map((metric) => (
          <MetricChart key={metric} runs={runs} metric={metric} log={log} by={by} />
        ))}
      </div>
      {found.length > shown && (
        <button type="button" class="more" onClick={() => show(shown + CHARTS)}>
          More of {found.length} metrics
        </button>
      )}
    </>
  );
}

interface MetricChartProps {
  runs: Run[];
  metric: string;
  log: boolean;
  by: "step" | "time";
}

function MetricChart({ runs, metric, log, by }: MetricChartProps): JSX.Element {
  const histories = useQuery({
    key: ["history", metric, runs.map(({ info }) => info.run_id)],
    ask: (signal) => Promise.all(runs.map(({ info }) => metricHistory(info.run_id, metric, signal))),
    every: runs.some(({ info }) => info.status === "RUNNING") ? 5_000 : false,
  });
  return <Answer of={histories}>{(found) => <Curves runs={runs} metric={metric} histories={found} log={log} by={by} />}</Answer>;
}

function Curves({ runs, metric, histories, log, by }: MetricChartProps & { histories: Metric[][] }): JSX.Element {
  const lines = useMemo(() => histories.map((history, at) => lineOf(runs[at]!, history, by)), [histories, by]);
  if (histories.every((history) => history.length <= 1)) {
    const bars = runs.flatMap((run, at) => {
      const logged = histories[at]?.[0];
      return logged ? [{ name: runName(run), value: metricValue(logged), color: seriesStyle(at).color }] : [];
    });
    return <BarChart label={metric} bars={bars} ordered />;
  }
  const xLabel = by === "step" ? "step" : "seconds since start";
  return <LineChart title={metric} lines={lines} xLabel={xLabel} yLabel="" log={log} sync={`curves by ${by}`} height={200} />;
}

/** The last value at each step, or each value at its time. */
function lineOf(run: Run, history: Metric[], by: "step" | "time"): Line {
  const x = (metric: Metric) => (by === "step" ? (metric.step ?? 0) : (metric.timestamp - run.info.start_time) / 1000);
  const points = new Map<number, number>();
  for (const metric of history) points.set(x(metric), metricValue(metric));
  const sorted = [...points].sort(([a], [b]) => a - b);
  return { label: runName(run), x: sorted.map(([x]) => x), y: sorted.map(([, y]) => y) };
}
