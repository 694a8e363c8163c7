// The catalog: a tree of tables on the left; columns, the first hundred rows and the history of the chosen one.
import type { JSX } from "preact";
import { useQuery } from "../api/query";
import { overview, table, tables } from "../api/ui";
import type { TableDetail, TableSummary } from "../api/ui";
import { Empty } from "../components/code";
import { Grid } from "../components/grid";
import { Answer, Head, TabPanel, Tabs } from "../components/layout";
import { tableSamples } from "../components/samples";
import { TableTree } from "../components/table-tree";
import { ago, bytes, count, plural, timestamp, zone } from "../format";
import { choice, param, path, setParam } from "../url";

const tabs = ["preview", "columns", "history"] as const;
const tabCodec = choice(tabs, "preview");

export function Data(parts: { catalog?: string; schema?: string; table?: string }): JSX.Element {
  const all = useQuery({ key: ["tables"], ask: tables, every: 10_000 });
  const { data: server } = useQuery({ key: ["overview"], ask: overview });
  const chosen = all.data?.find(
    ({ catalog, schema, name }) => catalog === parts.catalog && schema === parts.schema && name === parts.table,
  );
  return (
    <Answer of={all}>
      {(list) =>
        list.length === 0 ? (
          <>
            <Head title="Data" />
            <Empty title="No tables yet" samples={tableSamples(server?.spark_url)}>
              Tables are Delta Lake tables: every client of Brickyard sees them, and so does any Delta reader.
            </Empty>
          </>
        ) : (
          <div class="split">
            <TableTree
              tables={list}
              chosen={parts.table ? `${parts.catalog}.${parts.schema}.${parts.table}` : undefined}
              link={({ catalog, schema, name }) => path`/data/${catalog}/${schema}/${name}`}
            />
            <div class="split-main">
              {parts.table ? (
                <TableView catalog={parts.catalog!} schema={parts.schema!} name={parts.table} summary={chosen} />
              ) : (
                <AllTables tables={list} />
              )}
            </div>
          </div>
        )
      }
    </Answer>
  );
}

function AllTables({ tables }: { tables: TableSummary[] }): JSX.Element {
  return (
    <>
      <Head title="Data" meta={plural(tables.length, "table")} />
      <table class="list">
        <thead>
          <tr>
            <th scope="col">Table</th>
            <th scope="col">Format</th>
            <th scope="col" class="number">Rows</th>
            <th scope="col" class="number">Size</th>
            <th scope="col" class="number">Version</th>
            <th scope="col" class="number">Changed</th>
          </tr>
        </thead>
        <tbody>
          {tables.map(({ catalog, schema, name, format, rows, bytes: size, version, modified_ms }) => (
            <tr key={`${catalog}.${schema}.${name}`}>
              <td class="name">
                <a data-open href={path`/data/${catalog}/${schema}/${name}`}>
                  <span class="muted">
                    {catalog}.{schema}.
                  </span>
                  {name}
                </a>
              </td>
              <td>{format}</td>
              <td class="number">{rows === null ? "–" : count(rows)}</td>
              <td class="number">{size === null ? "–" : bytes(size)}</td>
              <td class="number">{version ?? "–"}</td>
              <td class="number muted">{modified_ms === null ? "–" : ago(modified_ms, Date.now())}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </>
  );
}

interface TableViewProps {
  catalog: string;
  schema: string;
  name: string;
  summary: TableSummary | undefined;
}

function TableView({ catalog, schema, name, summary }: TableViewProps): JSX.Element {
  const detail = useQuery({
    key: ["table", catalog, schema, name],
    ask: (signal) => table(catalog, schema, name, signal),
  });
  const tab = param("tab", tabCodec);
  const statement = `SELECT *\nFROM ${[catalog, schema, name].map(quoted).join(".")}\nLIMIT 1000`;
  return (
    <>
      <Head
        title={name}
        above={[["Data", "/data"]]}
        meta={<TableLine catalog={catalog} schema={schema} summary={summary} />}
        actions={<a class="button" href={`/sql?${new URLSearchParams({ q: statement })}`}>Query</a>}
      />
      <Answer of={detail}>
        {(data) => (
          <>
            <Tabs
              label="About the table"
              chosen={tab}
              choose={(next) => setParam("tab", tabCodec, next, { replace: true })}
              tabs={[
                { id: "preview", label: "Preview" },
                { id: "columns", label: <>Columns <span class="count">{data.columns.length}</span></> },
                { id: "history", label: <>History <span class="count">{data.history.length}</span></> },
              ]}
            />
            <TabPanel tab={tab}>
              {tab === "preview" && <Preview of={data} name={name} />}
              {tab === "columns" && <Columns of={data} />}
              {tab === "history" && <History of={data} />}
            </TabPanel>
          </>
        )}
      </Answer>
    </>
  );
}

const quoted = (name: string): string => (/^[A-Za-z_]\w*$/.test(name) ? name : `\`${name.replaceAll("`", "``")}\``);

function TableLine({ catalog, schema, summary }: { catalog: string; schema: string; summary: TableSummary | undefined }) {
  const facts = [`${catalog}.${schema}`];
  if (summary) {
    facts.push(summary.format);
    if (summary.rows !== null) facts.push(plural(summary.rows, "row"));
    if (summary.bytes !== null) facts.push(bytes(summary.bytes));
    if (summary.version !== null) facts.push(`version ${summary.version}`);
    if (summary.modified_ms !== null) facts.push(`changed ${ago(summary.modified_ms, Date.now())}`);
  }
  return <>{facts.join(" · ")}</>;
}

function Preview({ of, name }: { of: TableDetail; name: string }): JSX.Element {
  const { columns, rows } = of.preview;
  if (!rows.length) return <p class="meta">The table has no rows.</p>;
  return (
    <>
      <Grid columns={columns} rows={rows} label={`First rows of ${name}`} />
      <p class="meta under-grid">The first {plural(rows.length, "row")}, in no particular order.</p>
    </>
  );
}

function Columns({ of }: { of: TableDetail }): JSX.Element {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col" class="number">#</th>
          <th scope="col">Column</th>
          <th scope="col">Type</th>
          <th scope="col">Null</th>
        </tr>
      </thead>
      <tbody>
        {of.columns.map(({ name, type, nullable }, at) => (
          <tr key={name}>
            <td class="number muted">{at + 1}</td>
            <td class="name">{name}</td>
            <td>
              <code>{type}</code>
            </td>
            <td class="muted">{nullable ? "allowed" : "never"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function History({ of }: { of: TableDetail }): JSX.Element {
  return (
    <table class="list">
      <thead>
        <tr>
          <th scope="col" class="number">Version</th>
          <th scope="col">When ({zone()})</th>
          <th scope="col">Operation</th>
          <th scope="col">Parameters</th>
        </tr>
      </thead>
      <tbody>
        {of.history.map(({ version, timestamp_ms, operation, parameters }) => (
          <tr key={version}>
            <td class="number">{version}</td>
            <td class="muted">{timestamp(timestamp_ms)}</td>
            <td class="name">{operation}</td>
            <td class="grow">
              <code class="one-line">
                {Object.entries(parameters ?? {}).map(([key, value]) => `${key}=${typeof value === "string" ? value : JSON.stringify(value)}`).join("  ")}
              </code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
