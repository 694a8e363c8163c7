// What a grid decides without a browser: how a value reads, how wide a column is, how rows sort.
import { number } from "../format";

export type Kind = "number" | "text" | "boolean" | "time" | "nested";

interface Column {
  name: string;
  type: string;
}

/** The kind of a Spark type name. */
export function kindOf(type: string): Kind {
  const name = type.toLowerCase();
  if (/^(tinyint|smallint|int|integer|bigint|long|short|byte|float|double|real|decimal)/.test(name)) return "number";
  if (/^bool/.test(name)) return "boolean";
  if (/^(date|timestamp)/.test(name)) return "time";
  return /^(array|map|struct|vector|variant)/.test(name) ? "nested" : "text";
}

/** A cell's text. Numbers keep every digit; 64-bit integers come as text and stay as they are. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return "null";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** A cell's value as a number for charts and sorting; NaN where it has none. */
export function numeric(value: unknown): number {
  return typeof value === "number" ? value : typeof value === "string" && value.trim() !== "" ? Number(value) : NaN;
}

const CHARACTER_PX = 7.9;
const PADDING_PX = 17;
const SAMPLED_ROWS = 100;

/** Left edges of the columns in pixels, and the right edge of the last: one more than there are columns. */
export function widths(columns: readonly Column[], rows: readonly (readonly unknown[])[]): number[] {
  const offsets = [0];
  for (const [at, { name, type }] of columns.entries()) {
    let characters = name.length + Math.min(type.length, 12) + 2;
    for (const row of rows.slice(0, SAMPLED_ROWS)) characters = Math.max(characters, show(row[at]).length);
    const width = Math.min(360, Math.max(56, Math.ceil(characters * CHARACTER_PX) + PADDING_PX));
    offsets.push(offsets[at]! + width);
  }
  return offsets;
}

/** Row numbers in the order of one column; nulls last both ways, equal values as they came. */
export function order(rows: readonly (readonly unknown[])[], column: number, kind: Kind, descending: boolean): Uint32Array {
  const sign = descending ? -1 : 1;
  const compare = kind === "number" ? compareNumbers : compareTexts;
  return Uint32Array.from(rows.keys()).sort((a, b) => {
    const left = rows[a]![column];
    const right = rows[b]![column];
    if (left === null || right === null) return left === right ? a - b : left === null ? 1 : -1;
    return sign * compare(left, right) || a - b;
  });
}

function compareNumbers(left: unknown, right: unknown): number {
  if (isWhole(left) && isWhole(right)) return BigInt(left) < BigInt(right) ? -1 : BigInt(left) > BigInt(right) ? 1 : 0;
  return numeric(left) - numeric(right);
}

const isWhole = (value: unknown): value is string => typeof value === "string" && /^-?\d+$/.test(value);

const collator = new Intl.Collator("en", { numeric: true });
const compareTexts = (left: unknown, right: unknown): number => collator.compare(show(left), show(right));

/** A number cell for lists, six digits; text as it is. */
export const brief = (value: unknown): string => (typeof value === "number" ? number(value) : show(value));
