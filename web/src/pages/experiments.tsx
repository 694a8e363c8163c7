// Experiments and their runs: a table, newest first, filtered and sorted by the server, with the columns one wants.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { experiments, runName, runs } from "../api/mlflow";
import type { Experiment, Run } from "../api/mlflow";
import { useQuery } from "../api/query";
import { Empty } from "../components/code";
import { ErrorCard } from "../components/error-card";
import { Icon } from "../components/icons";
import { Answer, Head } from "../components/layout";
import { runSamples } from "../components/samples";
import { Status, runState } from "../components/status";
import { ago, count, duration, metric, plural, timestamp } from "../format";
import { isLetter } from "../keys";
import { loggedBy } from "../run-columns";
import { go, list, param, path, setParam, sort, text } from "../url";
import type { Sort } from "../url";

const PAGE = 100;
const MENU_ROWS = 200;
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
  const logged = useMemo(() => loggedBy(shown), [shown]);
  const asked = param("cols", list);
  const columns = asked.length ? asked : logged.first;
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
            <ColumnMenu available={logged.columns} columns={columns} />
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
                <RunRow key={run.info.run_id} run={run} values={logged.values.get(run.info.run_id)!} columns={columns} marked={marked.includes(run.info.run_id)} mark={mark} />
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

interface RunRowProps {
  run: Run;
  values: Map<string, number | string>;
  columns: string[];
  marked: boolean;
  mark: (id: string) => void;
}

function RunRow({ run, values, columns, marked, mark }: RunRowProps): JSX.Element {
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
        const value = values.get(column) ?? "";
        return (
          <td key={column} class={column.startsWith("metrics.") ? "number" : "param"} title={String(value)}>
            {typeof value === "number" ? metric(value) : value}
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
  const [open, setOpen] = useState(false);
  const [typed, setTyped] = useState("");
  const found = open ? available.filter((column) => column.toLowerCase().includes(typed.trim().toLowerCase())) : [];
  const toggle = (column: string) =>
    setParam("cols", list, columns.includes(column) ? columns.filter((other) => other !== column) : [...columns, column], { replace: true });
  return (
    <>
      <button type="button" class="quiet" popovertarget="run-columns" disabled={!available.length}>
        <Icon name="columns" /> Columns
      </button>
      <div popover="auto" id="run-columns" class="menu" aria-label="Columns shown" onToggle={(event) => setOpen(event.newState === "open")}>
        {available.length > 12 && (
          <input type="search" aria-label="Filter columns" placeholder="Filter columns" value={typed} onInput={(event) => setTyped(event.currentTarget.value)} />
        )}
        {found.slice(0, MENU_ROWS).map((column) => (
          <label key={column} class="check">
            <input type="checkbox" checked={columns.includes(column)} onChange={() => toggle(column)} />
            <span class="muted">{column.split(".")[0]}.</span>
            {column.slice(column.indexOf(".") + 1)}
          </label>
        ))}
        {found.length > MENU_ROWS && <p class="meta">{MENU_ROWS} of {count(found.length)}; filter to see others.</p>}
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
