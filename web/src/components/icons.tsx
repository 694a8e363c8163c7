// Line icons on a 16-pixel grid, drawn with the current text colour. Always beside a word or inside a labelled button.
import type { JSX } from "preact";

const drawings = {
  now: "M8 4.5V8l2.5 1.5M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
  sql: "M3 4.5 6.5 8 3 11.5M8 12h5",
  data: "M13 4c0 1.1-2.2 2-5 2s-5-.9-5-2 2.2-2 5-2 5 .9 5 2zM3 4v8c0 1.1 2.2 2 5 2s5-.9 5-2V4M3 8c0 1.1 2.2 2 5 2s5-.9 5-2",
  runs: "M2 13.5h12M3 11l3-4 3 2 4-6",
  models: "M8 1.8 13.5 5v6L8 14.2 2.5 11V5L8 1.8zM2.7 5 8 8l5.3-3M8 8v6",
  endpoints: "M8 9.2a1.2 1.2 0 1 0 0-2.4 1.2 1.2 0 0 0 0 2.4zM5.2 10.8a4 4 0 0 1 0-5.6M10.8 5.2a4 4 0 0 1 0 5.6M3.1 12.9a6.9 6.9 0 0 1 0-9.8M12.9 3.1a6.9 6.9 0 0 1 0 9.8",
  compute: "M4.5 4.5h7v7h-7zM6 2v2.5M10 2v2.5M6 11.5V14M10 11.5V14M2 6h2.5M2 10h2.5M11.5 6H14M11.5 10H14",
  light: "M8 10.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM8 1.5v1.4M8 13.1v1.4M1.5 8h1.4M13.1 8h1.4M3.4 3.4l1 1M11.6 11.6l1 1M12.6 3.4l-1 1M4.4 11.6l-1 1",
  dark: "M13.5 9.6A5.8 5.8 0 0 1 6.4 2.5a5.8 5.8 0 1 0 7.1 7.1z",
  help: "M6 6a2 2 0 1 1 2.6 1.9c-.4.2-.6.5-.6 1v.4M8 11.6v.1M8 14A6 6 0 1 0 8 2a6 6 0 0 0 0 12z",
  search: "M7 11.5a4.5 4.5 0 1 0 0-9 4.5 4.5 0 0 0 0 9zM10.3 10.3 13.5 13.5",
  copy: "M5.5 5.5h8v8h-8zM10.5 5.5v-3h-8v8h3",
  run: "M4.5 3v10l8-5z",
  stop: "M4 4h8v8H4z",
  download: "M8 2.5v7.5M4.8 7 8 10.2 11.2 7M3 13.5h10",
  close: "M4 4l8 8M12 4l-8 8",
  closed: "M6.5 4.5 10 8l-3.5 3.5",
  open: "M4.5 6.5 8 10l3.5-3.5",
  columns: "M2.5 3h11v10h-11zM6.2 3v10M9.8 3v10",
  back: "M9.5 4.5 6 8l3.5 3.5",
} as const;

export type IconName = keyof typeof drawings;

export function Icon({ name }: { name: IconName }): JSX.Element {
  return (
    <svg class="icon" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
      <path d={drawings[name]} fill="none" stroke="currentColor" stroke-width="1.4" stroke-linecap="round" stroke-linejoin="round" />
    </svg>
  );
}

/** The brick: the product's mark. */
export function Mark(): JSX.Element {
  const bricks = [[1, 2, 8], [10, 2, 5], [1, 6.3, 4], [6, 6.3, 9], [1, 10.6, 8], [10, 10.6, 5]] as const;
  return (
    <svg class="mark" viewBox="0 0 16 16" width="18" height="18" aria-hidden="true">
      {bricks.map(([x, y, width]) => (
        <rect key={`${x} ${y}`} x={x} y={y} width={width} height="3.4" rx="0.6" fill="currentColor" />
      ))}
    </svg>
  );
}
