// The public MLflow API: experiments, runs, metrics, artifacts, registered models.
import { get, post, send } from "./http";

const API = "/ajax-api/2.0/mlflow";

export interface Experiment {
  experiment_id: string;
  name: string;
  lifecycle_stage: string;
  last_update_time?: number;
}

export interface Metric {
  key: string;
  value: number | "NaN" | "Infinity" | "-Infinity";
  timestamp: number;
  step?: number;
}

export interface KeyValue {
  key: string;
  value: string;
}

export interface Run {
  info: {
    run_id: string;
    experiment_id: string;
    run_name?: string;
    user_id?: string;
    status: RunStatus;
    start_time: number;
    end_time?: number;
    artifact_uri?: string;
  };
  data: { metrics?: Metric[]; params?: KeyValue[]; tags?: KeyValue[] };
  inputs?: { dataset_inputs?: { dataset: { name: string; digest: string; source_type?: string } }[] };
}

export type RunStatus = "RUNNING" | "SCHEDULED" | "FINISHED" | "FAILED" | "KILLED";

export interface FileInfo {
  path: string;
  is_dir: boolean;
  file_size?: number;
}

export interface ModelVersion {
  name: string;
  version: string;
  creation_timestamp: number;
  last_updated_timestamp?: number;
  description?: string;
  source?: string;
  run_id?: string;
  status?: string;
  aliases?: string[];
  tags?: KeyValue[];
}

export interface RegisteredModel {
  name: string;
  creation_timestamp: number;
  last_updated_timestamp: number;
  description?: string;
  aliases?: { alias: string; version: string }[];
  latest_versions?: ModelVersion[];
}

export interface RunSearch {
  experiments: string[];
  filter?: string;
  orderBy?: string[];
  max?: number;
  pageToken?: string | undefined;
}

export interface RunPage {
  runs: Run[];
  nextPageToken?: string | undefined;
}

export async function experiments(signal: AbortSignal): Promise<Experiment[]> {
  const body = { max_results: 1000, order_by: ["last_update_time DESC"] };
  return (await post<{ experiments?: Experiment[] }>(`${API}/experiments/search`, body, { signal })).experiments ?? [];
}

export async function runs(search: RunSearch, signal?: AbortSignal): Promise<RunPage> {
  const body = {
    experiment_ids: search.experiments,
    filter: search.filter ?? "",
    order_by: search.orderBy ?? ["attributes.start_time DESC"],
    max_results: search.max ?? 100,
    ...(search.pageToken ? { page_token: search.pageToken } : {}),
  };
  const page = await post<{ runs?: Run[]; next_page_token?: string }>(
    `${API}/runs/search`,
    body,
    signal ? { signal } : {},
  );
  return { runs: page.runs ?? [], nextPageToken: page.next_page_token };
}

export async function run(id: string, signal: AbortSignal): Promise<Run> {
  return (await get<{ run: Run }>(`${API}/runs/get`, { query: { run_id: id }, signal })).run;
}

/** Every logged value of one metric, in order of step, then time. */
export async function metricHistory(runId: string, key: string, signal: AbortSignal): Promise<Metric[]> {
  const metrics: Metric[] = [];
  let page: string | undefined;
  do {
    const query = { run_id: runId, metric_key: key, max_results: 25_000, page_token: page };
    const answer = await get<{ metrics?: Metric[]; next_page_token?: string }>(`${API}/metrics/get-history`, {
      query,
      signal,
    });
    metrics.push(...(answer.metrics ?? []));
    page = answer.next_page_token;
  } while (page);
  return metrics.sort((a, b) => (a.step ?? 0) - (b.step ?? 0) || a.timestamp - b.timestamp);
}

export async function artifacts(runId: string, folder: string, signal: AbortSignal): Promise<FileInfo[]> {
  const query = { run_id: runId, path: folder || undefined };
  return (await get<{ files?: FileInfo[] }>(`${API}/artifacts/list`, { query, signal })).files ?? [];
}

/** A run's file through the artifact proxy; only proxied artifacts can be read by a browser. */
export async function artifact(run: Run, file: string, signal: AbortSignal): Promise<Response | null> {
  const root = /^mlflow-artifacts:\/(?:\/[^/]*)?\/?(.*)$/.exec(run.info.artifact_uri ?? "")?.[1];
  if (root === undefined) return null;
  const path = `${root}/${file}`.split("/").filter(Boolean).map(encodeURIComponent).join("/");
  return send("GET", `/ajax-api/2.0/mlflow-artifacts/artifacts/${path}`, { signal });
}

export async function registeredModels(signal: AbortSignal): Promise<RegisteredModel[]> {
  const query = { max_results: 1000 };
  const answer = await get<{ registered_models?: RegisteredModel[] }>(`${API}/registered-models/search`, {
    query,
    signal,
  });
  return answer.registered_models ?? [];
}

export async function registeredModel(name: string, signal: AbortSignal): Promise<RegisteredModel> {
  const query = { name };
  return (await get<{ registered_model: RegisteredModel }>(`${API}/registered-models/get`, { query, signal }))
    .registered_model;
}

/** All versions of a model, newest first. */
export async function modelVersions(name: string, signal: AbortSignal): Promise<ModelVersion[]> {
  const query = { filter: `name = '${name.replaceAll("'", "''")}'`, max_results: 1000 };
  const answer = await get<{ model_versions?: ModelVersion[] }>(`${API}/model-versions/search`, { query, signal });
  return (answer.model_versions ?? []).sort((a, b) => Number(b.version) - Number(a.version));
}

/** A metric's value as a number: JSON has no NaN, so the server spells it. */
export function metricValue(metric: Metric): number {
  return typeof metric.value === "number" ? metric.value : Number(metric.value);
}

export const runName = (run: Run): string => run.info.run_name || run.info.run_id.slice(0, 8);
