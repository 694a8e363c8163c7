// The page's own routes, `/ui/v1`: summaries, tables, SQL, executors. 64-bit ids come as text.
import { path } from "../url";
import { get, post } from "./http";

export interface Operation {
  id: string;
  kind: string;
  title: string;
  user: string;
  started_ms: number;
  state: "running" | "stopping";
}

export interface Overview {
  version: string;
  uptime_ms: number;
  /** What `SparkSession.builder.remote` takes, host aside: `sc://host:port`. */
  spark_url: string;
  tables: number;
  runs: number;
  models: number;
  endpoints: number;
  executors: number;
  operations: Operation[];
}

export interface TableSummary {
  catalog: string;
  schema: string;
  name: string;
  format: string;
  rows: number | null;
  bytes: number | null;
  version: number | null;
  modified_ms: number | null;
}

export interface Column {
  name: string;
  type: string;
}

export interface TableDetail {
  columns: (Column & { nullable: boolean })[];
  preview: { columns: Column[]; rows: unknown[][] };
  history: { version: number; timestamp_ms: number; operation: string; parameters: Record<string, unknown> }[];
}

export interface SqlAnswer {
  columns: Column[];
  /** Row by row, as JSON; 64-bit integers as text. */
  rows: unknown[][];
  row_count: number;
  truncated: boolean;
  elapsed_ms: number;
}

export interface Executor {
  id: string;
  address: string;
  cores: number;
  started_ms: number;
  state: string;
  running_tasks: number;
  memory_bytes: number | null;
}

export interface Signature {
  /** An optional column may be left out: a label, that prediction does not need. */
  inputs: (Column & { optional: boolean })[];
  outputs: Column[];
}

/** What an endpoint has answered since the server started, timed inside the server. */
export interface Latency {
  requests: number;
  errors: number;
  rows: number;
  p50_ms: number;
  p99_ms: number;
}

export const overview = (signal: AbortSignal) => get<Overview>("/ui/v1/overview", { signal });
export const tables = (signal: AbortSignal) => get<TableSummary[]>("/ui/v1/tables", { signal });
export const table = (catalog: string, schema: string, name: string, signal?: AbortSignal) =>
  get<TableDetail>(path`/ui/v1/tables/${catalog}/${schema}/${name}`, signal ? { signal } : {});
export const runSql = (id: string, statement: string, maxRows: number) =>
  post<SqlAnswer>("/ui/v1/sql", { id, statement, max_rows: maxRows });
export const cancelSql = (id: string) => post<unknown>(path`/ui/v1/sql/${id}/cancel`, {});
export const executors = (signal: AbortSignal) => get<Executor[]>("/ui/v1/executors", { signal });
export const modelSignature = (name: string, version: string, signal: AbortSignal) =>
  get<Signature>(path`/ui/v1/models/${name}/${version}/signature`, { signal });
export const endpointDetail = (name: string, signal: AbortSignal) =>
  get<Signature & { latency: Latency }>(path`/ui/v1/endpoints/${name}`, { signal });
