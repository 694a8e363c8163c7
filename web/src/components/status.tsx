// A state is a glyph, a word and a colour, so that none of the three is needed alone.
import type { JSX } from "preact";

export type State = "done" | "running" | "waiting" | "late" | "failed";

const glyphs: Record<State, string> = { done: "✓", running: "▶", waiting: "○", late: "▲", failed: "✕" };

export function Status({ state, word = state }: { state: State; word?: string }): JSX.Element {
  return (
    <span class={`status ${state}`}>
      <span aria-hidden="true">{glyphs[state]}</span> {word}
    </span>
  );
}

/** MLflow's run status as a state and a word. */
export function runState(status: string): { state: State; word: string } {
  switch (status) {
    case "FINISHED":
      return { state: "done", word: "done" };
    case "RUNNING":
      return { state: "running", word: "running" };
    case "SCHEDULED":
      return { state: "waiting", word: "waiting" };
    case "KILLED":
      return { state: "failed", word: "stopped" };
    default:
      return { state: "failed", word: "failed" };
  }
}
