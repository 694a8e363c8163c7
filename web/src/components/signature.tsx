// What a model reads and what it gives.
import type { JSX } from "preact";
import type { Signature } from "../api/ui";

export function SignatureTable({ of }: { of: Signature }): JSX.Element {
  return (
    <div class="beside">
      <Columns title="Reads" columns={of.inputs} />
      <Columns title="Gives" columns={of.outputs} />
    </div>
  );
}

function Columns({ title, columns }: { title: string; columns: { name: string; type: string }[] }): JSX.Element {
  return (
    <table class="list pairs">
      <caption>{title}</caption>
      <tbody>
        {columns.map(({ name, type }) => (
          <tr key={name}>
            <th scope="row">{name}</th>
            <td>
              <code>{type}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
