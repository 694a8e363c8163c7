// The colour and glyph that stand for the n-th run everywhere on a page.
import type { JSX } from "preact";

const glyphs = ["●", "◆", "▲", "■", "▼", "★"];

/** Past six all series are grey. */
export const seriesStyle = (at: number) => ({
  color: at < 6 ? `var(--series-${at + 1})` : "var(--muted)",
  glyph: glyphs[at] ?? "·",
});

export function runGlyph(at: number): JSX.Element {
  const { color, glyph } = seriesStyle(at);
  return (
    <span aria-hidden="true" style={{ color }}>
      {glyph}
    </span>
  );
}
