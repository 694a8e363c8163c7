// What pages are made of: a heading, sections, tabs, facts, and one way to show a question's answer.
import type { QueryObserverResult } from "@tanstack/query-core";
import type { ComponentChildren, JSX } from "preact";
import { useEffect } from "preact/hooks";
import { ErrorCard } from "./error-card";

interface HeadProps {
  title: string;
  /** The places above this one: name and address. */
  above?: [string, string][];
  meta?: ComponentChildren;
  actions?: ComponentChildren;
}

export function Head({ title, above = [], meta, actions }: HeadProps): JSX.Element {
  useEffect(() => {
    document.title = `${title} · Brickyard`;
  }, [title]);
  return (
    <header class="head">
      <div class="head-names">
        {above.map(([name, href]) => (
          <span key={href} class="above">
            <a href={href}>{name}</a>
            <span aria-hidden="true">/</span>
          </span>
        ))}
        <h1 tabIndex={-1}>{title}</h1>
        {meta && <div class="meta head-meta">{meta}</div>}
      </div>
      {actions && <div class="actions">{actions}</div>}
    </header>
  );
}

interface SectionProps {
  title: string;
  meta?: ComponentChildren;
  actions?: ComponentChildren;
  children: ComponentChildren;
}

export function Section({ title, meta, actions, children }: SectionProps): JSX.Element {
  return (
    <section class="section" aria-label={title}>
      <div class="section-head">
        <h2>{title}</h2>
        {meta && <span class="meta">{meta}</span>}
        {actions && <div class="actions">{actions}</div>}
      </div>
      {children}
    </section>
  );
}

interface TabsProps<T extends string> {
  label: string;
  tabs: readonly { id: T; label: ComponentChildren }[];
  chosen: T;
  choose: (id: T) => void;
}

/** Tabs by the ARIA pattern: arrow keys move, the panel follows. */
export function Tabs<T extends string>({ label, tabs, chosen, choose }: TabsProps<T>): JSX.Element {
  const move = (event: KeyboardEvent) => {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (!step) return;
    event.preventDefault();
    const at = tabs.findIndex(({ id }) => id === chosen);
    const next = (at + step + tabs.length) % tabs.length;
    choose(tabs[next]!.id);
    (event.currentTarget as HTMLElement).querySelectorAll<HTMLElement>("[role=tab]")[next]?.focus();
  };
  return (
    <div class="tabs" role="tablist" aria-label={label} onKeyDown={move}>
      {tabs.map(({ id, label }) => (
        <button
          key={id}
          type="button"
          role="tab"
          id={`tab-${id}`}
          aria-selected={id === chosen}
          aria-controls="tab-panel"
          tabIndex={id === chosen ? 0 : -1}
          onClick={() => choose(id)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}

export function TabPanel({ tab, children }: { tab: string; children: ComponentChildren }): JSX.Element {
  return (
    <div class="tab-panel" role="tabpanel" id="tab-panel" aria-labelledby={`tab-${tab}`}>
      {children}
    </div>
  );
}

/** Pairs of a name and a value. */
export function Facts({ facts }: { facts: [string, ComponentChildren][] }): JSX.Element {
  return (
    <dl class="facts">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

interface AnswerProps<T> {
  of: QueryObserverResult<T>;
  children: (data: T) => ComponentChildren;
}

/** The answer once it is there; before that a quiet line, on failure a card. Neighbours are not touched. */
export function Answer<T>({ of, children }: AnswerProps<T>): JSX.Element {
  if (of.data !== undefined) return <>{children(of.data)}</>;
  if (of.error) return <ErrorCard error={of.error} retry={of.refetch} />;
  return (
    <p class="meta loading" role="status">
      Loading…
    </p>
  );
}

/** Opens the row's link when any of its cells is clicked; the link itself serves the keyboard. */
export function openRow(event: MouseEvent): void {
  if (!(event.target instanceof Element) || event.target.closest("a, button, input, label")) return;
  event.target.closest("tr")?.querySelector<HTMLAnchorElement>("a")?.click();
}
