// Runs side by side: what differs in parameters and metrics, and every metric's curves under one crosshair.
import type { JSX } from "preact";
import { metricValue, run as getRun, runName } from "../api/mlflow";
import type { Run } from "../api/mlflow";
import { useQuery } from "../api/query";
import { Empty } from "../components/code";
import { Answer, Head, Section } from "../components/layout";
import { MetricCurves } from "../components/metric-curves";
import { runGlyph } from "../components/run-glyph";
import { metric, plural } from "../format";
import { choice, list, param, path, setParam, text } from "../url";

const allCodec = choice(["", "all"] as const, "");
const baseCodec = text();

export function Compare(): JSX.Element {
  const ids = param("runs", list);
  const found = useQuery({
    key: ["compare", ids],
    ask: (signal) => Promise.all(ids.map((id) => getRun(id, signal))),
    enabled: ids.length > 0,
  });
  if (!ids.length) return <Empty title="No runs to compare">Mark two or more in an experiment.</Empty>;
  return <Answer of={found}>{(runs) => <Comparison runs={runs} />}</Answer>;
}

function Comparison({ runs }: { runs: Run[] }): JSX.Element {
  const base = runs.find(({ info }) => info.run_id === param("base", baseCodec)) ?? runs[0]!;
  const showAll = param("show", allCodec) === "all";
  const names = (kind: "metrics" | "params") => [...new Set(runs.flatMap(({ data }) => (data[kind] ?? []).map(({ key }) => key)))].sort();
  const metrics = names("metrics");
  return (
    <>
      <Head
        title={`Compare ${plural(runs.length, "run")}`}
        above={[["Runs", path`/experiments/${base.info.experiment_id}`]]}
        actions={
          <>
            <label class="check">
              <input
                type="checkbox"
                checked={!showAll}
                onChange={(event) => setParam("show", allCodec, event.currentTarget.checked ? "" : "all", { replace: true })}
              />
              Only differences
            </label>
            <label>
              Base{" "}
              <select onChange={(event) => setParam("base", baseCodec, event.currentTarget.value, { replace: true })}>
                {runs.map((run) => (
                  <option key={run.info.run_id} value={run.info.run_id} selected={run === base}>
                    {runName(run)}
                  </option>
                ))}
              </select>
            </label>
          </>
        }
      />
      <div class="scroll" role="region" aria-label="Differences" tabIndex={0}>
        <table class="list compare">
          <thead>
            <tr>
              <th scope="col"><span class="hidden">Name</span></th>
              {runs.map((run, at) => (
                <th key={run.info.run_id} scope="col" class="number run-head">
                  {runGlyph(at)} <a href={path`/runs/${run.info.run_id}`}>{runName(run)}</a>
                </th>
              ))}
            </tr>
          </thead>
          <Group title="Metrics, last value" rows={metrics.map((key) => metricRow(runs, base, key))} all={showAll} columns={runs.length} />
          <Group title="Parameters" rows={names("params").map((key) => paramRow(runs, key))} all={showAll} columns={runs.length} />
          <Group title="Data" rows={[dataRow(runs)]} all={showAll} columns={runs.length} />
        </table>
      </div>
      {metrics.length > 0 && (
        <Section title="Curves" meta="drag to zoom, double-click to go back">
          <MetricCurves runs={runs} metrics={metrics} />
        </Section>
      )}
    </>
  );
}

interface Row {
  key: string;
  values: { text: string; change?: string | undefined }[];
}

function metricRow(runs: Run[], base: Run, key: string): Row {
  const of = (run: Run) => run.data.metrics?.find((metric) => metric.key === key);
  const baseline = of(base);
  const values = runs.map((run) => {
    const found = of(run);
    if (!found) return { text: "" };
    const change = baseline && run !== base ? metricValue(found) - metricValue(baseline) : NaN;
    const signed = change > 0 ? `+${metric(change)}` : metric(change);
    return { text: metric(metricValue(found)), change: Number.isFinite(change) && change !== 0 ? signed : undefined };
  });
  return { key, values };
}

function paramRow(runs: Run[], key: string): Row {
  return { key, values: runs.map(({ data }) => ({ text: data.params?.find((param) => param.key === key)?.value ?? "" })) };
}

function dataRow(runs: Run[]): Row {
  const name = ({ inputs }: Run) => (inputs?.dataset_inputs ?? []).map(({ dataset }) => `${dataset.name} ${dataset.digest}`).join(", ");
  return { key: "dataset", values: runs.map((run) => ({ text: name(run) })) };
}

function Group({ title, rows, all, columns }: { title: string; rows: Row[]; all: boolean; columns: number }): JSX.Element | null {
  const differs = ({ values }: Row) => values.some(({ text }) => text !== values[0]!.text);
  const shown = rows.filter((row) => (all ? row.values.some(({ text }) => text) : differs(row)));
  const same = rows.length - shown.length;
  if (!shown.length) return null;
  return (
    <tbody>
      <tr class="group">
        <th scope="rowgroup" colSpan={columns + 1}>
          {title}
          {!all && same > 0 && <span class="meta"> {plural(same, "other is", "others are")} the same</span>}
        </th>
      </tr>
      {shown.map(({ key, values }) => (
        <tr key={key}>
          <th scope="row" class="name">{key}</th>
          {values.map(({ text, change }, at) => (
            <td key={at} class="number">
              {text || <span class="muted">–</span>}
              {change && <span class="change"> {change}</span>}
            </td>
          ))}
        </tr>
      ))}
    </tbody>
  );
}
