// A failure as a person can use it: what happened, its code with its page, the next step, and Retry where that helps.
import type { JSX } from "preact";
import { ApiError } from "../api/http";

export function ErrorCard({ error, retry }: { error: unknown; retry?: () => unknown }): JSX.Element {
  const message = error instanceof Error ? error.message : String(error);
  const failure = error instanceof ApiError ? error : null;
  return (
    <div class="error-card" role="alert">
      <p class="error-message">
        <span class="status failed" aria-hidden="true">✕</span>
        {message}
      </p>
      {failure?.next && <p class="error-next">→ {failure.next}</p>}
      <p class="meta">
        {failure && <ErrorCode code={failure.code} />}
        {failure?.worthRetrying && <span>Trying again may help.</span>}
        {retry && (
          <button type="button" class="quiet" onClick={() => retry()}>
            Retry
          </button>
        )}
      </p>
    </div>
  );
}

function ErrorCode({ code }: { code: string }): JSX.Element {
  if (!/^BY-[A-Z]+-\d+$/.test(code)) return <code>{code}</code>;
  return (
    <a href={`/explain/${code}`}>
      Explain {code}
    </a>
  );
}
