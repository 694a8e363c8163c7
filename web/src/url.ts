// The address is the view: paths matched to places, and typed codecs between query strings and values.
import { computed, signal } from "@preact/signals";

export interface Place {
  path: string;
  query: URLSearchParams;
}

const read = (): Place => ({ path: window.location.pathname, query: new URLSearchParams(window.location.search) });

export const place = signal<Place>(typeof window === "undefined" ? { path: "/", query: new URLSearchParams() } : read());

export interface Move {
  /** Put the new address in place of the present one: for typing, not for choosing. */
  replace?: boolean;
}

export function go(href: string, { replace = false }: Move = {}): void {
  if (replace) history.replaceState(null, "", href);
  else history.pushState(null, "", href);
  place.value = read();
  if (!replace) window.scrollTo(0, 0);
}

/** Follows Back, Forward and every plain click on a link of our own. */
export function listen(): void {
  const old = fromTrackingLink(window.location.hash);
  if (old) go(old, { replace: true });
  window.addEventListener("popstate", () => (place.value = read()));
  document.addEventListener("click", (event) => {
    const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
    const link = event.target instanceof Element ? event.target.closest("a") : null;
    if (!plain || event.defaultPrevented || !link || link.target || link.hasAttribute("download")) return;
    if (link.origin !== window.location.origin) return;
    event.preventDefault();
    go(link.pathname + link.search);
  });
}

/** `#/experiments/0/runs/x`, as MLflow's clients print it, to the address it has here; null for anything else. */
export function fromTrackingLink(hash: string): string | null {
  const parts = hash.replace(/^#\/?/, "").split("?")[0]!.split("/").map(decodeURIComponent);
  const [kind, first, second, third] = parts;
  if (kind === "experiments" && second === "runs" && third) return path`/runs/${third}`;
  if (kind === "experiments" && first) return path`/experiments/${first}`;
  if (kind === "models" && second === "versions" && third) return path`/models/${first!}/${third}`;
  if (kind === "models") return first ? path`/models/${first}` : "/models";
  return null;
}

/** A path with its parts escaped: path`/models/${name}`. */
export function path(fixed: TemplateStringsArray, ...parts: (string | number)[]): string {
  return fixed.reduce((text, piece, index) => text + encodeURIComponent(String(parts[index - 1])) + piece);
}

/** The named parts of `path` under `pattern` (`/models/:name/:version?`), or null where it does not match. */
export function match(pattern: string, path: string): Record<string, string> | null {
  const wanted = pattern.split("/").filter(Boolean);
  const given = path.split("/").filter(Boolean);
  if (given.length > wanted.length) return null;
  const parts: Record<string, string> = {};
  for (const [index, want] of wanted.entries()) {
    const have = given[index];
    const name = /^:(\w+)(\?)?$/.exec(want);
    if (have === undefined) {
      if (name?.[2]) continue;
      return null;
    }
    if (name) parts[name[1]!] = decodeURIComponent(have);
    else if (want !== have) return null;
  }
  return parts;
}

/** A value in the query string; `undefined` from `write` leaves it out. */
export interface Codec<T> {
  read(text: string | null): T;
  write(value: T): string | undefined;
}

export const text = (fallback = ""): Codec<string> => ({
  read: (given) => given ?? fallback,
  write: (value) => (value === fallback ? undefined : value),
});

export const choice = <T extends string>(options: readonly T[], fallback: T): Codec<T> => ({
  read: (given) => options.find((option) => option === given) ?? fallback,
  write: (value) => (value === fallback ? undefined : value),
});

/** Names joined by commas; commas and backslashes inside names are escaped. */
export const list: Codec<string[]> = {
  read: (given) => (given ? split(given) : []),
  write: (names) => (names.length ? names.map((name) => name.replace(/[\\,]/g, "\\$&")).join(",") : undefined),
};

function split(given: string): string[] {
  const names: string[] = [];
  let name = "";
  for (let at = 0; at < given.length; at++) {
    if (given[at] === ",") {
      names.push(name);
      name = "";
    } else {
      name += given[at] === "\\" ? (given[++at] ?? "") : given[at];
    }
  }
  return [...names, name];
}

/** A column and its direction: `-metrics.auc` is descending. */
export interface Sort {
  by: string;
  descending: boolean;
}

export const sort = (fallback: Sort | null): Codec<Sort | null> => ({
  read: (given) => {
    if (given === null) return fallback;
    return given === "" ? null : { by: given.replace(/^-/, ""), descending: given.startsWith("-") };
  },
  write: (value) => {
    const same = value?.by === fallback?.by && value?.descending === fallback?.descending;
    return same ? undefined : value ? (value.descending ? "-" : "") + value.by : "";
  },
});

/** Reads `key` of the present address; call it while rendering. */
export function param<T>(key: string, codec: Codec<T>): T {
  return codec.read(place.value.query.get(key));
}

/** Writes `key` into the address, keeping the rest. */
export function setParam<T>(key: string, codec: Codec<T>, value: T, move?: Move): void {
  const query = new URLSearchParams(place.peek().query);
  const written = codec.write(value);
  if (written === undefined) query.delete(key);
  else query.set(key, written);
  const search = query.toString();
  go(place.peek().path + (search ? `?${search}` : ""), move);
}

/** The first part of the path: which place of the rail this is. */
export const section = computed(() => place.value.path.split("/")[1] ?? "");
