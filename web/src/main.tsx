// Starts the page: styles, keys, address, and the shell with the page that the address names.
import { render } from "preact";
import type { ComponentType } from "preact";
import { ApiError } from "./api/http";
import { client } from "./api/query";
import { lazy } from "./components/lazy";
import { Empty } from "./components/code";
import { listenForKeys, overlay } from "./keys";
import { Now } from "./pages/now";
import { Shell } from "./shell";
import { listen, match, place } from "./url";
import "./styles/tokens.css";
import "./styles/base.css";
import "./styles/shell.css";
import "./styles/parts.css";
import "./styles/grid.css";

type Page = ComponentType<Record<string, string>>;
const page = (load: () => Promise<ComponentType<never>>) => lazy(load as () => Promise<Page>) as Page;

const routes: [string, Page][] = [
  ["/", Now as Page],
  ["/sql", page(async () => (await import("./pages/sql")).Sql)],
  ["/data/:catalog?/:schema?/:table?", page(async () => (await import("./pages/data")).Data)],
  ["/experiments/:experiment?", page(async () => (await import("./pages/experiments")).Experiments)],
  ["/runs/:run", page(async () => (await import("./pages/run")).RunPage)],
  ["/compare", page(async () => (await import("./pages/compare")).Compare)],
  ["/models/:model?/:version?", page(async () => (await import("./pages/models")).Models)],
  ["/endpoints/:endpoint?", page(async () => (await import("./pages/endpoints")).Endpoints)],
  ["/explain/:code", page(async () => (await import("./pages/explain")).Explain)],
  ["/compute", page(async () => (await import("./pages/compute")).Compute)],
];

function App() {
  for (const [pattern, Page] of routes) {
    const parts = match(pattern, place.value.path);
    if (parts) return <Shell><Page {...parts} /></Shell>;
  }
  return <Shell><Empty title="There is nothing at this address" /></Shell>;
}

client.getQueryCache().subscribe((event) => {
  const error = event.type === "updated" ? event.query.state.error : null;
  if (error instanceof ApiError && error.status === 401 && overlay.peek() === null) overlay.value = "login";
});

listen();
listenForKeys();
render(<App />, document.getElementById("page")!);
