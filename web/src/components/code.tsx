// Code that works when pasted: a block with a Copy button, alone or as a choice of languages.
import type { ComponentChildren, JSX } from "preact";
import { useState } from "preact/hooks";
import { Icon } from "./icons";

export interface Sample {
  label: string;
  code: string;
}

export function CodeChoice({ samples }: { samples: Sample[] }): JSX.Element {
  const [chosen, choose] = useState(0);
  const sample = samples[chosen] ?? samples[0]!;
  return (
    <div class="code-choice">
      <div class="code-head">
        <div class="segments" role="group" aria-label="Language">
          {samples.map(({ label }, index) => (
            <button key={label} type="button" aria-pressed={index === chosen} onClick={() => choose(index)}>
              {label}
            </button>
          ))}
        </div>
        <Copy text={sample.code} />
      </div>
      <pre class="code-block" tabIndex={0} aria-label={`${sample.label} code`}>
        {sample.code}
      </pre>
    </div>
  );
}

function Copy({ text }: { text: string }): JSX.Element {
  const [copied, setCopied] = useState(false);
  const copy = async () => {
    await navigator.clipboard.writeText(text);
    setCopied(true);
    setTimeout(() => setCopied(false), 1500);
  };
  return (
    <button type="button" class="quiet" onClick={copy}>
      <Icon name="copy" />
      <span aria-live="polite">{copied ? "Copied" : "Copy"}</span>
    </button>
  );
}

/** A place with nothing in it yet says how the first thing gets there. */
export function Empty(props: { title: string; children?: ComponentChildren; samples?: Sample[] }): JSX.Element {
  return (
    <div class="empty">
      <h2>{props.title}</h2>
      {props.children && <p>{props.children}</p>}
      {props.samples && <CodeChoice samples={props.samples} />}
    </div>
  );
}
