// Numbers, times and sizes as people read them. Pure: `now` and the zone are arguments where they matter.

const whole = new Intl.NumberFormat("en", { maximumFractionDigits: 0 });

/** 1,234,567; a 64-bit integer may come as text. */
export function count(value: number | string): string {
  return typeof value === "string" ? value.replace(/\B(?=(\d{3})+$)/g, ",") : whole.format(value);
}

/** Six significant digits, exponents outside 1e-4 … 1e15. */
export function number(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return value < 0 ? `−${count(-value)}` : count(value);
  const size = Math.abs(value);
  const digits = size < 1e-4 || size >= 1e15 ? value.toExponential(4) : trimZeros(value.toPrecision(6));
  return digits.replace(/^-/, "−");
}

const trimZeros = (digits: string) => (digits.includes(".") ? digits.replace(/\.?0+$/, "") : digits);

/** A metric in a column of its like: four decimals, so that the points align. */
export function metric(value: number): string {
  const size = Math.abs(value);
  return Number.isInteger(value) || size < 1e-3 || size >= 1e6 ? number(value) : value.toFixed(4).replace("-", "−");
}

/** 0.12 ms, 3.4 ms, 12 ms, 3.4 s, 2 min 05 s, 3 h 07 min, 4 d 2 h. */
export function duration(milliseconds: number): string {
  if (milliseconds < 1) return `${milliseconds.toFixed(2)} ms`;
  if (milliseconds < 10) return `${milliseconds.toFixed(1)} ms`;
  if (milliseconds < 1000) return `${Math.round(milliseconds)} ms`;
  const seconds = milliseconds / 1000;
  if (seconds < 59.95) return `${seconds.toFixed(1)} s`;
  const minutes = Math.floor(Math.round(seconds) / 60);
  if (minutes < 60) return `${minutes} min ${pad(Math.round(seconds) % 60)} s`;
  const hours = Math.floor(minutes / 60);
  return hours < 24 ? `${hours} h ${pad(minutes % 60)} min` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

const pad = (value: number) => String(value).padStart(2, "0");

const units = ["B", "kB", "MB", "GB", "TB", "PB"];

/** Decimal units: 12 B, 1.2 kB, 340 MB. */
export function bytes(size: number): string {
  let unit = 0;
  while (size >= 999.5 && unit < units.length - 1) {
    size /= 1000;
    unit++;
  }
  return `${unit === 0 || size >= 99.95 ? Math.round(size) : size.toFixed(1)} ${units[unit]}`;
}

/** How long ago, coarsely: just now, 3 min ago, 5 h ago, 12 d ago. */
export function ago(then: number, now: number): string {
  const seconds = (now - then) / 1000;
  if (seconds < 45) return "just now";
  if (seconds < 3570) return `${Math.max(1, Math.round(seconds / 60))} min ago`;
  if (seconds < 84600) return `${Math.round(seconds / 3600)} h ago`;
  return `${Math.round(seconds / 86400)} d ago`;
}

/** 2026-11-21 14:03:07, in the reader's zone. */
export function timestamp(milliseconds: number): string {
  const at = new Date(milliseconds);
  const day = `${at.getFullYear()}-${pad(at.getMonth() + 1)}-${pad(at.getDate())}`;
  return `${day} ${pad(at.getHours())}:${pad(at.getMinutes())}:${pad(at.getSeconds())}`;
}

/** The name of the reader's time zone, printed wherever times are. */
export const zone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

/** A plural by number: 1 row, 2 rows. */
export function plural(value: number, one: string, many = `${one}s`): string {
  return `${count(value)} ${value === 1 ? one : many}`;
}

/** Rows as CSV (RFC 4180, CRLF). Null is an empty field and an empty text is quoted, so the two stay apart. */
export function csv(columns: readonly string[], rows: readonly (readonly unknown[])[]): string {
  return [columns, ...rows].map((row) => row.map(csvField).join(",") + "\r\n").join("");
}

function csvField(value: unknown): string {
  if (value === null || value === undefined) return "";
  const field = typeof value === "object" ? JSON.stringify(value) : String(value);
  return field === "" || /[",\r\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field;
}
