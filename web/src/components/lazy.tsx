// Parts that are fetched when first shown.
import type { ComponentType, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ErrorCard } from "./error-card";

export function lazy<P extends object>(load: () => Promise<ComponentType<P>>): (props: P) => JSX.Element {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [Part, setPart] = useState<ComponentType<P> | null>(() => loaded);
    const [error, setError] = useState<unknown>(null);
    useEffect(() => {
      if (Part) return;
      load().then((part) => setPart(() => (loaded = part)), setError);
    }, []);
    if (error) return <ErrorCard error={error} retry={() => window.location.reload()} />;
    return Part ? <Part {...props} /> : <p class="meta loading" role="status">Loading…</p>;
  };
}
