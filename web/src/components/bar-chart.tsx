// Bars for categories: horizontal, from zero, every bar with its name and number; largest first, or in the order given.
import type { JSX } from "preact";
import { number } from "../format";

const SHOWN = 50;

interface BarChartProps {
  label: string;
  bars: { name: string; value: number; color?: string }[];
  /** Keep the order given. */
  ordered?: boolean;
}

export function BarChart({ label, bars, ordered = false }: BarChartProps): JSX.Element {
  const finite = bars.filter(({ value }) => Number.isFinite(value));
  const sorted = ordered ? finite : [...finite].sort((a, b) => b.value - a.value);
  const shown = sorted.slice(0, SHOWN);
  const low = Math.min(0, ...shown.map(({ value }) => value));
  const high = Math.max(0, ...shown.map(({ value }) => value));
  const percent = (value: number) => (high === low ? 0 : (100 * (value - low)) / (high - low));
  return (
    <figure class="bars">
      <table>
        <caption>{label}</caption>
        <tbody>
          {shown.map(({ name, value, color }, at) => (
            <tr key={`${at} ${name}`}>
              <th scope="row" title={name}>
                {name}
              </th>
              <td class="bar-cell">
                <svg class="bar" width="100%" height="14" aria-hidden="true">
                  <rect x={`${percent(Math.min(0, value))}%`} width={`${Math.abs(percent(value) - percent(0))}%`} height="14" rx="1.5" style={{ fill: color }} />
                </svg>
              </td>
              <td class="number">{number(value)}</td>
            </tr>
          ))}
        </tbody>
      </table>
      {sorted.length > SHOWN && <p class="meta">The {SHOWN} {ordered ? "first" : "largest"} of {number(sorted.length)}.</p>}
      {finite.length < bars.length && <p class="meta">{number(bars.length - finite.length)} rows without a number are left out.</p>}
    </figure>
  );
}
