// A result grid that draws only the cells in view, whatever the number of rows and columns. Keys move the cell, Ctrl+C copies it.
import type { JSX } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { kindOf, order, show, widths } from "./grid-model";
import type { Column } from "../api/ui";

const ROW_PX = 24;
const OVERSCAN_ROWS = 8;

interface GridProps {
  columns: Column[];
  rows: unknown[][];
  label: string;
}

interface View {
  top: number;
  left: number;
  width: number;
  height: number;
}

export function Grid({ columns, rows, label }: GridProps): JSX.Element {
  const box = useRef<HTMLDivElement>(null);
  const [view, setView] = useState<View>({ top: 0, left: 0, width: 1200, height: 600 });
  const [sorted, setSorted] = useState<{ column: number; descending: boolean } | null>(null);
  const [cell, setCell] = useState<{ row: number; column: number }>({ row: 0, column: 0 });

  useEffect(() => {
    const grid = box.current!;
    const measure = () => {
      const { scrollTop: top, scrollLeft: left, clientWidth: width, clientHeight: height } = grid;
      setView({ top, left, width, height });
    };
    measure();
    const observer = new ResizeObserver(measure);
    observer.observe(grid);
    grid.addEventListener("scroll", measure, { passive: true });
    return () => observer.disconnect();
  }, []);
  useEffect(() => {
    setSorted(null);
    setCell({ row: 0, column: 0 });
    box.current!.scrollTo(0, 0);
  }, [rows]);

  const kinds = useMemo(() => columns.map(({ type }) => kindOf(type)), [columns]);
  const offsets = useMemo(() => widths(columns, rows), [columns, rows]);
  const permutation = useMemo(
    () => (sorted ? order(rows, sorted.column, kinds[sorted.column]!, sorted.descending) : null),
    [rows, sorted, kinds],
  );

  const total = offsets[columns.length]!;
  const firstRow = Math.max(0, Math.floor(view.top / ROW_PX) - OVERSCAN_ROWS);
  const lastRow = Math.min(rows.length, Math.ceil((view.top + view.height) / ROW_PX) + OVERSCAN_ROWS);
  const firstColumn = Math.max(0, offsets.findIndex((offset) => offset > view.left) - 1);
  const pastView = offsets.findIndex((offset) => offset >= view.left + view.width);
  const lastColumn = pastView === -1 ? columns.length : Math.min(columns.length, pastView);
  const shownColumns = range(firstColumn, lastColumn);
  const place = (column: number) => ({ left: `${offsets[column]}px`, width: `${offsets[column + 1]! - offsets[column]!}px` });
  const value = (row: number, column: number) => rows[permutation ? permutation[row]! : row]?.[column];

  const moveTo = (row: number, column: number) => {
    const next = { row: clamp(row, rows.length), column: clamp(column, columns.length) };
    setCell(next);
    reveal(box.current!, next.row * ROW_PX, offsets[next.column]!, offsets[next.column + 1]!);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.target !== box.current) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "c") {
      void navigator.clipboard.writeText(show(value(cell.row, cell.column)));
      return;
    }
    const page = Math.max(1, Math.floor(view.height / ROW_PX) - 2);
    const moves: Record<string, [number, number]> = {
      ArrowDown: [cell.row + 1, cell.column],
      ArrowUp: [cell.row - 1, cell.column],
      ArrowRight: [cell.row, cell.column + 1],
      ArrowLeft: [cell.row, cell.column - 1],
      PageDown: [cell.row + page, cell.column],
      PageUp: [cell.row - page, cell.column],
      Home: [event.ctrlKey ? 0 : cell.row, 0],
      End: [event.ctrlKey ? rows.length - 1 : cell.row, columns.length - 1],
    };
    const move = moves[event.key];
    if (!move) return;
    event.preventDefault();
    moveTo(...move);
  };
  const sortBy = (column: number) =>
    setSorted((before) =>
      before?.column !== column ? { column, descending: false } : before.descending ? null : { column, descending: true },
    );

  return (
    <div
      ref={box}
      class="grid"
      role="grid"
      tabIndex={0}
      aria-label={label}
      aria-rowcount={rows.length + 1}
      aria-colcount={columns.length}
      aria-activedescendant={rows.length ? `cell-${cell.row}-${cell.column}` : undefined}
      onKeyDown={onKeyDown}
    >
      <div class="grid-head" role="row" aria-rowindex={1} style={{ width: `${total}px` }}>
        {shownColumns.map((column) => (
          <div
            key={column}
            role="columnheader"
            class={`grid-name ${kinds[column]}`}
            aria-colindex={column + 1}
            aria-sort={sorted?.column === column ? (sorted.descending ? "descending" : "ascending") : "none"}
            style={place(column)}
          >
            <button type="button" onClick={() => sortBy(column)} title={`${columns[column]!.name}: ${columns[column]!.type}`}>
              <span class="name">{columns[column]!.name}</span>
              <span class="type">{sorted?.column === column ? (sorted.descending ? "↓" : "↑") : columns[column]!.type}</span>
            </button>
          </div>
        ))}
      </div>
      <div class="grid-body" role="rowgroup" style={{ width: `${total}px`, height: `${rows.length * ROW_PX}px` }}>
        {range(firstRow, lastRow).map((row) => (
          <div key={row} class="grid-row" role="row" aria-rowindex={row + 2} style={{ top: `${row * ROW_PX}px` }}>
            {shownColumns.map((column) => {
              const given = value(row, column);
              const here = cell.row === row && cell.column === column;
              return (
                <div
                  key={column}
                  id={`cell-${row}-${column}`}
                  role="gridcell"
                  class={`${kinds[column]}${given === null ? " null" : ""}${here ? " here" : ""}`}
                  aria-colindex={column + 1}
                  style={place(column)}
                  onClick={() => setCell({ row, column })}
                >
                  {show(given)}
                </div>
              );
            })}
          </div>
        ))}
      </div>
    </div>
  );
}

const range = (from: number, to: number): number[] => Array.from({ length: Math.max(0, to - from) }, (_, at) => from + at);
const clamp = (value: number, length: number): number => Math.max(0, Math.min(length - 1, value));

function reveal(box: HTMLElement, top: number, left: number, right: number): void {
  const headPx = 2 * ROW_PX;
  if (top < box.scrollTop) box.scrollTop = top;
  else if (top + headPx > box.scrollTop + box.clientHeight) box.scrollTop = top + headPx - box.clientHeight;
  if (left < box.scrollLeft) box.scrollLeft = left;
  else if (right > box.scrollLeft + box.clientWidth) box.scrollLeft = right - box.clientWidth;
}
