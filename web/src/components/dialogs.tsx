// The dialogs over the page: the list of keys, and the token where the server asks for one.
import type { ComponentChildren, JSX } from "preact";
import { useLayoutEffect, useRef, useState } from "preact/hooks";
import { logIn } from "../api/http";
import { client } from "../api/query";
import { keyTable, lettersOn, overlay, switchLetters } from "../keys";
import { ErrorCard } from "./error-card";

export function Dialog(props: { label: string; class?: string; children: ComponentChildren }): JSX.Element {
  const box = useRef<HTMLDialogElement>(null);
  useLayoutEffect(() => {
    const before = document.activeElement;
    box.current!.showModal();
    return () => before instanceof HTMLElement && before.focus();
  }, []);
  return (
    <dialog
      ref={box}
      class={props.class}
      aria-label={props.label}
      onClose={() => (overlay.value = null)}
      onClick={(event) => event.target === event.currentTarget && event.currentTarget.close()}
    >
      {props.children}
    </dialog>
  );
}

export function Help({ version }: { version: string | undefined }): JSX.Element {
  return (
    <Dialog label="Keys">
      <h2>Keys</h2>
      <table class="keys">
        <tbody>
          {keyTable.map(([keys, does]) => (
            <tr key={keys}>
              <th scope="row">
                <kbd>{keys}</kbd>
              </th>
              <td>{does}</td>
            </tr>
          ))}
        </tbody>
      </table>
      <label class="check">
        <input type="checkbox" checked={lettersOn.value} onChange={(event) => switchLetters(event.currentTarget.checked)} />
        Single-letter keys
      </label>
      <form method="dialog" class="dialog-foot">
        <span class="meta">{version ? `Brickyard ${version}` : "Brickyard"}</span>
        <button class="primary">Close</button>
      </form>
    </Dialog>
  );
}

export function Login(): JSX.Element {
  const [given, setGiven] = useState("");
  const [error, setError] = useState<unknown>(null);
  const submit = async (event: Event) => {
    event.preventDefault();
    try {
      await logIn(given.trim());
      overlay.value = null;
      await client.resetQueries();
    } catch (failure) {
      setError(failure);
    }
  };
  return (
    <Dialog label="Access token">
      <h2>This server asks for a token</h2>
      <p>
        Make one where the server runs: <code>brickyard token create</code>
      </p>
      <form onSubmit={submit}>
        <label class="field">
          Token
          <input type="password" autocomplete="off" value={given} onInput={(event) => setGiven(event.currentTarget.value)} autofocus required />
        </label>
        {error !== null && <ErrorCard error={error} />}
        <div class="dialog-foot">
          <span class="meta">Kept until the browser is closed.</span>
          <button class="primary">Log in</button>
        </div>
      </form>
    </Dialog>
  );
}
