// Home: what is running, what failed lately, what changed; on an empty server, the first lines of code.
import type { JSX } from "preact";
import { experiments, runName, runs } from "../api/mlflow";
import type { Run } from "../api/mlflow";
import { client, useQuery } from "../api/query";
import { cancelSql, overview, tables } from "../api/ui";
import type { Operation, Overview, TableSummary } from "../api/ui";
import { Empty } from "../components/code";
import { Answer, Head, Section, openRow } from "../components/layout";
import { runSamples, sparkAddress, tableSamples } from "../components/samples";
import { Status, runState } from "../components/status";
import { ago, bytes, count, duration, plural, timestamp } from "../format";
import { path } from "../url";

const RECENT = 8;

export function Now(): JSX.Element {
  const summary = useQuery({ key: ["overview"], ask: overview, every: 5_000 });
  const recentRuns = useQuery({ key: ["recent runs"], ask: allRecentRuns, every: 10_000 });
  const recentTables = useQuery({ key: ["tables"], ask: tables, every: 10_000 });
  return (
    <>
      <Head title="Now" meta={summary.data && <ServerLine of={summary.data} />} />
      <Answer of={summary}>
        {(data) => (
          <>
            <Counts of={data} />
            {data.operations.length > 0 && <Operations of={data.operations} />}
            {data.tables === 0 && data.runs === 0 && data.models === 0 && <FirstSteps sparkUrl={data.spark_url} />}
          </>
        )}
      </Answer>
      <div class="beside">
        <Answer of={recentRuns}>{(runs) => runs.length > 0 && <RecentRuns runs={runs} />}</Answer>
        <Answer of={recentTables}>{(tables) => tables.length > 0 && <RecentTables tables={tables} />}</Answer>
      </div>
    </>
  );
}

async function allRecentRuns(signal: AbortSignal): Promise<Run[]> {
  const ids = (await experiments(signal)).map(({ experiment_id }) => experiment_id);
  return ids.length ? (await runs({ experiments: ids, max: 50 }, signal)).runs : [];
}

function ServerLine({ of }: { of: Overview }): JSX.Element {
  return (
    <>
      Brickyard {of.version} · up {duration(of.uptime_ms)} · Spark at{" "}
      <code>{sparkAddress(of.spark_url, location.hostname)}</code>
    </>
  );
}

function Counts({ of }: { of: Overview }): JSX.Element {
  const counts: [string, string, number][] = [
    ["Tables", "/data", of.tables],
    ["Runs", "/experiments", of.runs],
    ["Models", "/models", of.models],
    ["Endpoints", "/endpoints", of.endpoints],
    ["Executors", "/compute", of.executors],
  ];
  return (
    <ul class="counts">
      {counts.map(([name, href, value]) => (
        <li key={name}>
          <a href={href}>
            <strong>{count(value)}</strong> {name}
          </a>
        </li>
      ))}
    </ul>
  );
}

function Operations({ of }: { of: Operation[] }): JSX.Element {
  const now = Date.now();
  const cancel = async (id: string) => {
    await cancelSql(id).catch(() => undefined);
    await client.invalidateQueries({ queryKey: ["overview"] });
  };
  return (
    <Section title="Running">
      <table class="list">
        <tbody>
          {of.map((operation) => (
            <tr key={operation.id}>
              <td>
                <Status state="running" word={operation.state} />
              </td>
              <td class="grow">
                <code class="one-line">{operation.title}</code>
              </td>
              <td class="muted wide">{operation.user}</td>
              <td class="number">{duration(Math.max(0, now - operation.started_ms))}</td>
              <td class="end">
                <button type="button" disabled={operation.state === "stopping"} onClick={() => cancel(operation.id)}>
                  Cancel
                </button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function RecentRuns({ runs }: { runs: Run[] }): JSX.Element {
  const failed = runs.filter(({ info }) => info.status === "FAILED");
  return (
    <div>
      {failed.length > 0 && <RunList title="Failed" meta={`of the last ${plural(runs.length, "run")}`} runs={failed.slice(0, RECENT)} />}
      <RunList title="Recent runs" runs={runs.slice(0, RECENT)} />
    </div>
  );
}

function RunList({ title, meta, runs }: { title: string; meta?: string; runs: Run[] }): JSX.Element {
  return (
    <Section title={title} meta={meta}>
      <table class="list">
        <tbody>
          {runs.map((run) => (
            <tr key={run.info.run_id} class="opens" onClick={openRow}>
              <td class="grow">
                <a data-open href={path`/runs/${run.info.run_id}`}>{runName(run)}</a>
              </td>
              <td>
                <Status {...runState(run.info.status)} />
              </td>
              <td class="number muted wide">{run.info.end_time ? duration(run.info.end_time - run.info.start_time) : ""}</td>
              <td class="number muted" title={timestamp(run.info.start_time)}>
                {ago(run.info.start_time, Date.now())}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function RecentTables({ tables }: { tables: TableSummary[] }): JSX.Element {
  const recent = [...tables].sort((a, b) => (b.modified_ms ?? 0) - (a.modified_ms ?? 0)).slice(0, RECENT);
  return (
    <Section title="Recent tables">
      <table class="list">
        <tbody>
          {recent.map(({ catalog, schema, name, rows, bytes: size, modified_ms }) => (
            <tr key={`${catalog}.${schema}.${name}`} class="opens" onClick={openRow}>
              <td class="grow">
                <a data-open href={path`/data/${catalog}/${schema}/${name}`}>
                  <span class="muted">
                    {catalog}.{schema}.
                  </span>
                  {name}
                </a>
              </td>
              <td class="number">{rows === null ? "" : plural(rows, "row")}</td>
              <td class="number muted wide">{size === null ? "" : bytes(size)}</td>
              <td class="number muted">{modified_ms === null ? "" : ago(modified_ms, Date.now())}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </Section>
  );
}

function FirstSteps({ sparkUrl }: { sparkUrl: string }): JSX.Element {
  return (
    <div class="beside">
      <Empty title="Make a table" samples={tableSamples(sparkUrl)}>
        The Spark client you know, with no JVM: <code>pip install pyspark-client</code>
      </Empty>
      <Empty title="Track a run" samples={runSamples()}>
        The MLflow client as it is: <code>pip install mlflow</code>
      </Empty>
    </div>
  );
}
