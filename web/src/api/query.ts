// Server state: cached by key, asked again when stale, shared by every component that shows it.
import { QueryClient, QueryObserver, notifyManager } from "@tanstack/query-core";
import type { QueryObserverOptions, QueryObserverResult } from "@tanstack/query-core";
import { useEffect, useState } from "preact/hooks";
import { ApiError } from "./http";

export const client = new QueryClient({
  defaultOptions: {
    queries: {
      staleTime: 5_000,
      retry: (attempts, error) => attempts < 2 && error instanceof ApiError && error.worthRetrying,
    },
  },
});

export interface Ask<T> {
  key: readonly unknown[];
  ask: (signal: AbortSignal) => Promise<T>;
  /** Ask again after this many milliseconds while the page is visible. */
  every?: number | false;
  /** Not yet: an argument is missing. */
  enabled?: boolean;
  /** Show the answer to the previous key while the new one is fetched. */
  keep?: boolean;
}

export function useQuery<T>({ key, ask, every = false, enabled = true, keep = false }: Ask<T>): QueryObserverResult<T> {
  const options: QueryObserverOptions<T> = {
    queryKey: key,
    queryFn: ({ signal }) => ask(signal),
    refetchInterval: every,
    enabled,
    ...(keep ? { placeholderData: (previous: T | undefined) => previous } : {}),
  } as QueryObserverOptions<T>;
  const [observer] = useState(() => new QueryObserver<T>(client, options));
  const [, redraw] = useState(0);
  useEffect(() => observer.subscribe(notifyManager.batchCalls(() => redraw((drawn) => drawn + 1))), [observer]);
  useEffect(() => observer.setOptions(options), [observer, JSON.stringify(key), every, enabled]);
  return observer.getOptimisticResult(client.defaultQueryOptions(options) as never);
}
