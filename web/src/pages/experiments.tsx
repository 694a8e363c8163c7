// Experiments and their runs: a table, newest first, filtered and sorted by the server, with the columns one wants.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { experiments, metricValue, runName, runs } from "../api/mlflow";
import type { Experiment, Run } from "../api/mlflow";
import { useQuery } from "../api/query";
import { Empty } from "../components/code";
import { ErrorCard } from "../components/error-card";
import { Icon } from "../components/icons";
import { Answer, Head } from "../components/layout";
import { runSamples } from "../components/samples";
import { Status, runState } from "../components/status";
import { ago, duration, metric, plural, timestamp } from "../format";
import { isLetter } from "../keys";
import { go, list, param, path, setParam, sort, text } from "../url";
import type { Sort } from "../url";

const PAGE = 100;
const COLUMNS_AT_FIRST = 4;
const filterCodec = text();
const sortCodec = sort({ by: "attributes.start_time", descending: true });

export function Experiments({ experiment }: { experiment?: string }): JSX.Element {
  const all = useQuery({ key: ["experiments"], ask: experiments, every: 10_000 });
  return (
    <Answer of={all}>
      {(found) => {
        const chosen = found.find(({ experiment_id }) => experiment_id === experiment) ?? (experiment ? undefined : found[0]);
        return (
          <div class="split">
            <ExperimentList experiments={found} chosen={chosen} />
            <div class="split-main">
              {chosen ? <RunTable key={chosen.experiment_id} experiment={chosen} /> : <Empty title="No such experiment" />}
            </div>
          </div>
        );
      }}
    </Answer>
  );
}

function ExperimentList({ experiments, chosen }: { experiments: Experiment[]; chosen: Experiment | undefined }) {
  const [typed, setTyped] = useState("");
  const shown = experiments.filter(({ name }) => name.toLowerCase().includes(typed.trim().toLowerCase()));
  return (
    <nav class="tree" aria-label="Experiments">
      <input
        type="search"
        aria-label="Filter experiments"
        placeholder="Filter experiments"
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <ul class="flat">
        {shown.map(({ name, experiment_id }) => (
          <li key={experiment_id}>
            <a
              href={path`/experiments/${experiment_id}`}
              aria-current={experiment_id === chosen?.experiment_id ? "page" : undefined}
              title={name}
            >
              {name}
            </a>
          </li>
        ))}
      </ul>
    </nav>
  );
}

function RunTable({ experiment }: { experiment: Experiment }): JSX.Element {
  const filter = param("filter", filterCodec);
  const order = param("sort", sortCodec)!;
  const marked = param("marked", list);
  const [pages, setPages] = useState(1);
  const found = useQuery({
    key: ["runs", experiment.experiment_id, filter, order, pages],
    ask: (signal) => pagesOfRuns(experiment.experiment_id, filter, order, pages, signal),
    every: 10_000,
    keep: true,
  });
  const shown = found.data?.runs ?? [];
  const available = useMemo(() => columnsOf(shown), [shown]);
  const asked = param("cols", list);
  const columns = asked.length ? asked : firstColumns(available, shown);
  const mark = (id: string) =>
    setParam("marked", list, marked.includes(id) ? marked.filter((other) => other !== id) : [...marked, id], { replace: true });
  const compare = () => marked.length > 1 && go(`/compare?${new URLSearchParams({ runs: marked.join(",") })}`);
  useRunKeys(mark, compare);

  return (
    <>
      <Head
        title={experiment.name}
        meta={found.data && plural(shown.length, "run") + (found.data.more ? " of more" : "")}
        actions={
          <>
            <ColumnMenu available={available} columns={columns} />
            <button type="button" class="primary" disabled={marked.length < 2} onClick={compare}>
              Compare{marked.length > 1 ? ` ${marked.length}` : ""}
            </button>
          </>
        }
      />
      <Filter filter={filter} />
      {found.error && <ErrorCard error={found.error} />}
      {found.data && !shown.length && !filter && (
        <Empty title="No runs yet" samples={runSamples()}>
          The MLflow client as it is: set this server's address and log.
        </Empty>
      )}
      {found.data && !shown.length && filter && <p class="meta">No run matches the filter.</p>}
      {shown.length > 0 && (
        <div class="scroll" role="region" aria-label="Runs" tabIndex={0}>
          <table class="list runs">
            <thead>
              <tr>
                <th scope="col"><span class="hidden">Marked</span></th>
                <SortHead label="Run" by="attributes.run_name" order={order} />
                <SortHead label="State" by="attributes.status" order={order} />
                <SortHead label="Started" by="attributes.start_time" order={order} numeric />
                <th scope="col" class="number">Took</th>
                {columns.map((column) => (
                  <SortHead key={column} label={column.replace(/^\w+\./, "")} kind={column.split(".")[0]!} by={column} order={order} numeric={column.startsWith("metrics.")} />
                ))}
              </tr>
            </thead>
            <tbody>
              {shown.map((run) => (
                <RunRow key={run.info.run_id} run={run} columns={columns} marked={marked.includes(run.info.run_id)} mark={mark} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {found.data?.more && (
        <button type="button" class="more" onClick={() => setPages(pages + 1)}>
          Next {PAGE} runs
        </button>
      )}
    </>
  );
}

async function pagesOfRuns(experiment: string, filter: string, order: Sort, pages: number, signal: AbortSignal) {
  const key = order.by.replace(/\.(.*)$/, (_, name: string) => `.\`${name}\``);
  const orderBy = [`${order.by.startsWith("attributes.") ? order.by : key} ${order.descending ? "DESC" : "ASC"}`];
  const page = await runs({ experiments: [experiment], filter, orderBy, max: PAGE * pages }, signal);
  return { runs: page.runs, more: page.nextPageToken !== undefined && page.runs.length === PAGE * pages };
}

/** `metrics.x` and `params.y` of the runs shown, metrics first, the most common first. */
function columnsOf(runs: Run[]): string[] {
  const seen = new Map<string, number>();
  for (const { data } of runs) {
    for (const { key } of data.metrics ?? []) seen.set(`metrics.${key}`, (seen.get(`metrics.${key}`) ?? 0) + 1);
    for (const { key } of data.params ?? []) seen.set(`params.${key}`, (seen.get(`params.${key}`) ?? 0) + 1);
  }
  const kind = (column: string) => (column.startsWith("metrics.") ? 0 : 1);
  return [...seen.keys()].sort((a, b) => kind(a) - kind(b) || seen.get(b)! - seen.get(a)! || a.localeCompare(b));
}

/** Some metrics, and of the parameters some that differ. */
function firstColumns(available: string[], runs: Run[]): string[] {
  const differs = (column: string) => new Set(runs.map((run) => valueOf(run, column).text)).size > 1;
  const metrics = available.filter((column) => column.startsWith("metrics."));
  const params = available.filter((column) => column.startsWith("params.") && differs(column));
  return [...metrics.slice(0, COLUMNS_AT_FIRST), ...params.slice(0, COLUMNS_AT_FIRST)];
}

function valueOf(run: Run, column: string): { text: string; title: string } {
  const [kind, key] = [column.slice(0, column.indexOf(".")), column.slice(column.indexOf(".") + 1)];
  if (kind === "metrics") {
    const found = run.data.metrics?.find((metric) => metric.key === key);
    return found ? { text: metric(metricValue(found)), title: String(found.value) } : { text: "", title: "" };
  }
  const value = run.data.params?.find((param) => param.key === key)?.value ?? "";
  return { text: value, title: value };
}

interface RunRowProps {
  run: Run;
  columns: string[];
  marked: boolean;
  mark: (id: string) => void;
}

function RunRow({ run, columns, marked, mark }: RunRowProps): JSX.Element {
  const { run_id, status, start_time, end_time } = run.info;
  return (
    <tr class={marked ? "marked" : undefined} data-run={run_id}>
      <td>
        <input type="checkbox" checked={marked} aria-label={`Mark ${runName(run)}`} onChange={() => mark(run_id)} />
      </td>
      <td class="name">
        <a data-open href={path`/runs/${run_id}`}>
          {runName(run)}
        </a>
      </td>
      <td>
        <Status {...runState(status)} />
      </td>
      <td class="number muted" title={timestamp(start_time)}>
        {ago(start_time, Date.now())}
      </td>
      <td class="number muted">{end_time ? duration(end_time - start_time) : ""}</td>
      {columns.map((column) => {
        const { text, title } = valueOf(run, column);
        return (
          <td key={column} class={column.startsWith("metrics.") ? "number" : "param"} title={title}>
            {text}
          </td>
        );
      })}
    </tr>
  );
}

interface SortHeadProps {
  label: string;
  kind?: string;
  by: string;
  order: Sort;
  numeric?: boolean;
}

function SortHead({ label, kind, by, order, numeric = false }: SortHeadProps): JSX.Element {
  const sorted = order.by === by;
  const next = { by, descending: sorted ? !order.descending : numeric };
  return (
    <th scope="col" class={numeric ? "number" : undefined} aria-sort={sorted ? (order.descending ? "descending" : "ascending") : "none"}>
      <button type="button" class="sort" onClick={() => setParam("sort", sortCodec, next)} title={kind ? `${kind}: ${label}` : undefined}>
        {label}
        {sorted && <span aria-hidden="true">{order.descending ? "↓" : "↑"}</span>}
      </button>
    </th>
  );
}

function Filter({ filter }: { filter: string }): JSX.Element {
  const [typed, setTyped] = useState(filter);
  useEffect(() => setTyped(filter), [filter]);
  return (
    <form
      class="filter"
      role="search"
      onSubmit={(event) => {
        event.preventDefault();
        setParam("filter", filterCodec, typed.trim());
      }}
    >
      <Icon name="search" />
      <input
        type="search"
        data-filter
        aria-label="Filter runs"
        placeholder={"metrics.auc > 0.9 AND params.depth = '5'"}
        spellcheck={false}
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      <button>Filter</button>
    </form>
  );
}

function ColumnMenu({ available, columns }: { available: string[]; columns: string[] }): JSX.Element {
  const toggle = (column: string) =>
    setParam("cols", list, columns.includes(column) ? columns.filter((other) => other !== column) : [...columns, column], { replace: true });
  return (
    <>
      <button type="button" class="quiet" popovertarget="run-columns" disabled={!available.length}>
        <Icon name="columns" /> Columns
      </button>
      <div popover="auto" id="run-columns" class="menu" aria-label="Columns shown">
        {available.map((column) => (
          <label key={column} class="check">
            <input type="checkbox" checked={columns.includes(column)} onChange={() => toggle(column)} />
            <span class="muted">{column.split(".")[0]}.</span>
            {column.slice(column.indexOf(".") + 1)}
          </label>
        ))}
      </div>
    </>
  );
}

/** `x` marks the run in focus, `c` compares what is marked. */
function useRunKeys(mark: (id: string) => void, compare: () => void): void {
  const latest = useRef({ mark, compare });
  latest.current = { mark, compare };
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isLetter(event)) return;
      const id = document.activeElement?.closest<HTMLElement>("tr[data-run]")?.dataset["run"];
      if (event.key === "x" && id) latest.current.mark(id);
      if (event.key === "c") latest.current.compare();
    };
    document.addEventListener("keydown", onKey);
    return () => document.removeEventListener("keydown", onKey);
  }, []);
}
