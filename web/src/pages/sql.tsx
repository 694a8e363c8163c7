// The SQL page: editor with the catalog beside it, one running statement, its result as a grid or a chart.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { useQuery } from "../api/query";
import { table, tables } from "../api/ui";
import type { TableSummary } from "../api/ui";
import { Empty } from "../components/code";
import type { EditorHandle, Schema } from "../components/editor";
import { ErrorCard } from "../components/error-card";
import { Grid } from "../components/grid";
import { Icon } from "../components/icons";
import { Head, TabPanel, Tabs } from "../components/layout";
import { lazy } from "../components/lazy";
import { ResultChart } from "../components/result-chart";
import { TableTree } from "../components/table-tree";
import { count, csv, duration, plural } from "../format";
import { draft, statements } from "../statements";
import type { Execution } from "../statements";
import { choice, param, place, setParam } from "../url";

const Editor = lazy(async () => (await import("../components/editor")).Editor);
const viewCodec = choice(["grid", "chart"] as const, "grid");

export function Sql(): JSX.Element {
  const catalog = useQuery({ key: ["tables"], ask: tables });
  const editor = useRef<EditorHandle | null>(null);
  const [asked] = useState(() => place.peek().query.get("q"));
  const schema = useSchema(catalog.data ?? [], draft.value);
  const running = statements.running.value;

  const run = () => {
    const statement = editor.current?.selection() ?? editor.current?.text() ?? "";
    if (statement.trim()) void statements.run(statement);
  };
  const insert = ({ schema, name }: TableSummary) => editor.current?.insert(schema === "default" ? name : `${schema}.${name}`);

  return (
    <div class="sql">
      <Head
        title="SQL"
        actions={
          <>
            <HistoryMenu pick={(statement) => editor.current?.replace(statement)} />
            {running ? (
              <button type="button" onClick={() => statements.cancel()} disabled={running.stopping}>
                <Icon name="stop" /> {running.stopping ? "Stopping" : "Cancel"} <kbd>Ctrl .</kbd>
              </button>
            ) : (
              <button type="button" class="primary" onClick={run}>
                <Icon name="run" /> Run <kbd>Ctrl ⏎</kbd>
              </button>
            )}
          </>
        }
      />
      <div class="split">
        <TableTree tables={catalog.data ?? []} pick={insert} />
        <div class="split-main sql-main">
          <div class="sql-editor">
            <Editor
              initial={asked ?? draft.peek()}
              schema={schema}
              run={run}
              cancel={() => statements.cancel()}
              changed={(text) => (draft.value = text)}
              ready={(handle) => {
                editor.current = handle;
                if (asked !== null) draft.value = asked;
                handle.focus();
              }}
            />
          </div>
          <StatementLine />
          <Result tables={catalog.data ?? []} />
        </div>
      </div>
    </div>
  );
}

/** Every table's name, with the columns of those that the statement mentions. */
function useSchema(all: TableSummary[], statement: string): Schema {
  const [schema, setSchema] = useState<Schema>({});
  const words = new Set(statement.toLowerCase().match(/\w+/g) ?? []);
  const mentioned = all.filter(({ name }) => words.has(name.toLowerCase())).slice(0, 8);
  const key = [all.length, ...mentioned.map(({ schema, name }) => `${schema}.${name}`)].join(" ");
  useEffect(() => {
    let current = true;
    const bare = Object.fromEntries(all.map(({ name }) => [name, [] as string[]]));
    const details = mentioned.map(async ({ catalog, schema, name }) => {
      const { columns } = await table(catalog, schema, name);
      return [name, columns.map((column) => column.name)] as const;
    });
    void Promise.allSettled(details).then((settled) => {
      const found = settled.flatMap((one) => (one.status === "fulfilled" ? [one.value] : []));
      if (current) setSchema({ ...bare, ...Object.fromEntries(found) });
    });
    return () => void (current = false);
  }, [key]);
  return schema;
}

function StatementLine(): JSX.Element {
  const running = statements.running.value;
  const last = statements.last.value;
  const [now, setNow] = useState(performance.now());
  useEffect(() => {
    if (!running) return;
    const timer = setInterval(() => setNow(performance.now()), 100);
    return () => clearInterval(timer);
  }, [running]);
  if (running) {
    return (
      <div class="statement-line" role="status">
        <span class="status running">▶ {running.stopping ? "stopping" : "running"}</span>
        <span class="number" aria-hidden="true">{duration(Math.max(0, now - running.startedAt))}</span>
        <span class="working" aria-hidden="true" />
      </div>
    );
  }
  return (
    <div class="statement-line" role="status">
      {last?.answer && (
        <>
          <span class="status done">✓ done</span>
          <span>{plural(last.answer.row_count, "row")}</span>
          <span class="muted">{duration(last.answer.elapsed_ms)}</span>
          {last.answer.truncated && <span class="status late">▲ only the first {count(last.answer.rows.length)} are here</span>}
        </>
      )}
      {last?.error !== undefined && <span class="status failed">✕ failed</span>}
    </div>
  );
}

function Result({ tables }: { tables: TableSummary[] }): JSX.Element {
  const last = statements.last.value;
  const view = param("view", viewCodec);
  if (!last) return <FirstStatement tables={tables} />;
  if (last.error !== undefined) return <ErrorCard error={last.error} />;
  const { columns, rows } = last.answer!;
  if (!columns.length) return <p class="meta result-note">The statement gave no columns.</p>;
  return (
    <div class="result">
      <div class="result-head">
        <Tabs
          label="Result"
          chosen={view}
          choose={(next) => setParam("view", viewCodec, next, { replace: true })}
          tabs={[
            { id: "grid", label: "Grid" },
            { id: "chart", label: "Chart" },
          ]}
        />
        <button type="button" class="quiet" onClick={() => saveCsv(last)}>
          <Icon name="download" /> CSV
        </button>
      </div>
      <TabPanel tab={view}>
        {view === "grid" ? <Grid columns={columns} rows={rows} label="Result" /> : <ResultChart columns={columns} rows={rows} />}
      </TabPanel>
    </div>
  );
}

function FirstStatement({ tables }: { tables: TableSummary[] }): JSX.Element {
  const first = tables[0];
  const code = first ? `SELECT * FROM ${first.schema}.${first.name} LIMIT 100` : "CREATE TABLE trips AS\nSELECT * FROM VALUES ('Ghent', 11.2), ('Bruges', 8.4) AS t(city, fare)";
  return (
    <Empty title="Run something" samples={[{ label: "SQL", code }]}>
      A selection runs alone; otherwise the whole text runs.
    </Empty>
  );
}

function saveCsv({ answer }: Execution): void {
  const text = csv(answer!.columns.map(({ name }) => name), answer!.rows);
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([text], { type: "text/csv" }));
  link.download = "result.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}

function HistoryMenu({ pick }: { pick: (statement: string) => void }): JSX.Element | null {
  const past = statements.history.value;
  const menu = useRef<HTMLDivElement>(null);
  if (!past.length) return null;
  return (
    <>
      <button type="button" class="quiet" popovertarget="statement-history">
        History
      </button>
      <div popover="auto" id="statement-history" class="menu" ref={menu} aria-label="Statements run before">
        {past.map((statement) => (
          <button
            key={statement}
            type="button"
            onClick={() => {
              menu.current?.hidePopover();
              pick(statement);
            }}
          >
            <code class="one-line">{statement.replace(/\s+/g, " ")}</code>
          </button>
        ))}
      </div>
    </>
  );
}
