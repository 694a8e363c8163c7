// Catalogs, schemas and tables as a tree of native disclosures; a filter narrows it.
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { TableSummary } from "../api/ui";
import { Icon } from "./icons";

interface TableTreeProps {
  tables: TableSummary[];
  chosen?: string | undefined;
  /** Where a table's name leads; without it `pick` is called. */
  link?: (table: TableSummary) => string;
  pick?: (table: TableSummary) => void;
}

export function TableTree({ tables, chosen, link, pick }: TableTreeProps): JSX.Element {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const shown = wanted ? tables.filter(({ schema, name }) => `${schema}.${name}`.toLowerCase().includes(wanted)) : tables;
  return (
    <nav class="tree" aria-label="Tables">
      <input
        type="search"
        aria-label="Filter tables"
        placeholder="Filter tables"
        data-filter
        value={typed}
        onInput={(event) => setTyped(event.currentTarget.value)}
      />
      {[...grouped(shown)].map(([schema, inside]) => (
        <details key={schema} open>
          <summary>
            <Icon name="closed" />
            {schema}
          </summary>
          <ul>
            {inside.map((table) => {
              const id = `${table.catalog}.${table.schema}.${table.name}`;
              return (
                <li key={id}>
                  {link ? (
                    <a href={link(table)} aria-current={id === chosen ? "page" : undefined} title={table.name}>
                      {table.name}
                    </a>
                  ) : (
                    <button type="button" onClick={() => pick?.(table)} title={`Insert ${table.name}`}>
                      {table.name}
                    </button>
                  )}
                </li>
              );
            })}
          </ul>
        </details>
      ))}
      {!shown.length && <p class="meta">No table has that in its name.</p>}
    </nav>
  );
}

function grouped(tables: TableSummary[]): Map<string, TableSummary[]> {
  const groups = new Map<string, TableSummary[]>();
  const sorted = [...tables].sort((a, b) => a.name.localeCompare(b.name));
  for (const table of sorted) {
    const schema = `${table.catalog}.${table.schema}`;
    groups.set(schema, [...(groups.get(schema) ?? []), table]);
  }
  return new Map([...groups].sort(([a], [b]) => a.localeCompare(b)));
}
