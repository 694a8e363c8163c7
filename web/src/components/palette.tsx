// Ctrl+K: places, tables, experiments, models, endpoints and actions by name.
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { experiments, registeredModels } from "../api/mlflow";
import { useQuery } from "../api/query";
import { endpoints } from "../api/serving";
import { tables } from "../api/ui";
import { places } from "../places";
import { flipTheme } from "../theme";
import { go, path } from "../url";
import { Dialog } from "./dialogs";

interface Entry {
  kind: string;
  name: string;
  act: () => void;
}

const SHOWN = 12;

export function Palette(): JSX.Element {
  const [typed, setTyped] = useState("");
  const [chosen, choose] = useState(0);
  const list = useRef<HTMLUListElement>(null);
  const found = useEntries(typed).slice(0, SHOWN);
  const at = Math.min(chosen, found.length - 1);

  useEffect(() => list.current?.children[at]?.scrollIntoView({ block: "nearest" }), [at]);
  const act = (entry: Entry | undefined) => {
    list.current?.closest("dialog")?.close();
    entry?.act();
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    if (step) choose((at + step + found.length) % Math.max(1, found.length));
    else if (event.key === "Enter") act(found[at]);
    else return;
    event.preventDefault();
  };

  return (
    <Dialog label="Search" class="palette">
      <input
        type="text"
        role="combobox"
        aria-label="Search places, tables, models and actions"
        aria-expanded="true"
        aria-controls="palette-list"
        aria-activedescendant={found.length ? `palette-${at}` : undefined}
        placeholder="Go to, open, or run SQL"
        autocomplete="off"
        autofocus
        value={typed}
        onInput={(event) => {
          setTyped(event.currentTarget.value);
          choose(0);
        }}
        onKeyDown={onKeyDown}
      />
      <ul id="palette-list" role="listbox" aria-label="Found" ref={list}>
        {found.map((entry, index) => (
          <li
            key={`${entry.kind} ${entry.name}`}
            id={`palette-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => act(entry)}
          >
            <span>{entry.name}</span>
            <span class="meta">{entry.kind}</span>
          </li>
        ))}
      </ul>
    </Dialog>
  );
}

function useEntries(typed: string): Entry[] {
  const known = [
    ...places.map(({ name, href }) => entry("place", name, href)),
    { kind: "action", name: "Switch light and dark", act: flipTheme },
    ...(useQuery({ key: ["tables"], ask: tables }).data ?? []).map(({ catalog, schema, name }) =>
      entry("table", `${catalog}.${schema}.${name}`, path`/data/${catalog}/${schema}/${name}`),
    ),
    ...(useQuery({ key: ["experiments"], ask: experiments }).data ?? []).map(({ name, experiment_id }) =>
      entry("experiment", name, path`/experiments/${experiment_id}`),
    ),
    ...(useQuery({ key: ["models"], ask: registeredModels }).data ?? []).map(({ name }) =>
      entry("model", name, path`/models/${name}`),
    ),
    ...(useQuery({ key: ["endpoints"], ask: endpoints }).data ?? []).map(({ name }) =>
      entry("endpoint", name, path`/endpoints/${name}`),
    ),
  ];
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean);
  const found = known.filter(({ name, kind }) => words.every((word) => `${kind} ${name}`.toLowerCase().includes(word)));
  if (/^BY-[A-Z]+-\d+$/i.test(typed.trim())) {
    const code = typed.trim().toUpperCase();
    found.unshift(entry("error code", code, path`/explain/${code}`));
  }
  if (words.length > 1) found.push(entry("run as SQL", typed, `/sql?${new URLSearchParams({ q: typed })}`));
  return found;
}

const entry = (kind: string, name: string, href: string): Entry => ({ kind, name, act: () => go(href) });
