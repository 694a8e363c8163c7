// The page of an error code: the same text that `brickyard explain CODE` prints.
import type { JSX } from "preact";
import { send } from "../api/http";
import { useQuery } from "../api/query";
import { Answer, Head } from "../components/layout";
import { blocks, spans } from "../markdown";
import { path } from "../url";

export function Explain({ code }: { code: string }): JSX.Element {
  const page = useQuery({ key: ["explain", code], ask: async (signal) => (await send("GET", path`/explain/${code}`, { signal })).text() });
  return (
    <>
      <Answer of={page}>
        {(markdown) => {
          const [title, ...rest] = blocks(markdown);
          return (
            <>
              <Head title={title?.text ?? code} />
              <div class="prose">
                {rest.map((block, at) => (
                  <Block key={at} {...block} />
                ))}
              </div>
            </>
          );
        }}
      </Answer>
      {page.error && <Head title={code} />}
    </>
  );
}

function Block({ kind, text }: { kind: string; text: string }): JSX.Element {
  if (kind === "heading") return <h2>{text}</h2>;
  if (kind === "code") return <pre class="code-block" tabIndex={0}>{text}</pre>;
  const inline = spans(text).map((span, at) => (span.code ? <code key={at}>{span.text}</code> : span.text));
  return <p class={kind}>{inline}</p>;
}
