// SQL statements of this browser: the draft, the one that runs, the last result (kept while other pages are looked at), the history.
import { effect, signal } from "@preact/signals";
import { client } from "./api/query";
import { cancelSql, runSql } from "./api/ui";
import type { SqlAnswer } from "./api/ui";

export interface Execution {
  statement: string;
  answer?: SqlAnswer;
  error?: unknown;
}

interface Running {
  id: string;
  /** On the clock of `performance.now()`. */
  startedAt: number;
  stopping: boolean;
}

const MAX_ROWS = 10_000;
const KEPT = 50;

export const draft = signal(localStorage.getItem("brickyard.draft") ?? "");
effect(() => localStorage.setItem("brickyard.draft", draft.value));

const running = signal<Running | null>(null);
const last = signal<Execution | null>(null);
const history = signal<string[]>(stored());

export const statements = { running, last, history, run, cancel };

async function run(statement: string): Promise<void> {
  if (running.peek()) return;
  remember(statement);
  const id = newId();
  running.value = { id, startedAt: performance.now(), stopping: false };
  try {
    last.value = { statement, answer: await runSql(id, statement, MAX_ROWS) };
  } catch (error) {
    last.value = { statement, error };
  }
  running.value = null;
  if (!/^\s*(select|with|show|describe|explain|values)\b/i.test(statement)) {
    await Promise.all(["tables", "table", "overview"].map((key) => client.invalidateQueries({ queryKey: [key] })));
  }
}

/** Asks the server to stop; the page says "stopping" until the statement has really ended. */
async function cancel(): Promise<void> {
  const now = running.peek();
  if (!now || now.stopping) return;
  running.value = { ...now, stopping: true };
  try {
    await cancelSql(now.id);
  } catch {
    // The statement goes on, so the button comes back.
    if (running.peek()?.id === now.id) running.value = { ...now, stopping: false };
  }
}

/** 128 random bits; `crypto.randomUUID` exists on secure origins only. */
function newId(): string {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

function remember(statement: string): void {
  history.value = [statement, ...history.peek().filter((past) => past !== statement)].slice(0, KEPT);
  localStorage.setItem("brickyard.history", JSON.stringify(history.peek()));
}

function stored(): string[] {
  try {
    const value: unknown = JSON.parse(localStorage.getItem("brickyard.history") ?? "[]");
    return Array.isArray(value) ? value.filter((one) => typeof one === "string") : [];
  } catch {
    return [];
  }
}
