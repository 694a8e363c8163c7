// The public serving API (Databricks' shape) and the scoring protocol.
import { path } from "../url";
import { get, send } from "./http";

export interface ServedEntity {
  name: string;
  entity_name: string;
  entity_version: string;
  state?: { deployment?: string; deployment_state_message?: string };
}

export interface Endpoint {
  name: string;
  creator?: string;
  creation_timestamp?: number;
  last_updated_timestamp?: number;
  state?: { ready?: string; config_update?: string };
  config?: {
    served_entities?: ServedEntity[];
    traffic_config?: { routes?: { served_model_name?: string; served_entity_name?: string; traffic_percentage: number }[] };
    config_version?: number;
  };
}

export async function endpoints(signal: AbortSignal): Promise<Endpoint[]> {
  return (await get<{ endpoints?: Endpoint[] }>("/api/2.0/serving-endpoints", { signal })).endpoints ?? [];
}

export const endpoint = (name: string, signal: AbortSignal): Promise<Endpoint> =>
  get<Endpoint>(path`/api/2.0/serving-endpoints/${name}`, { signal });

export const invocationsPath = (name: string): string => path`/serving-endpoints/${name}/invocations`;

export interface Prediction {
  predictions: unknown;
  /** From sending the request to having read the answer, in the browser. */
  elapsedMs: number;
}

export async function invoke(name: string, body: unknown): Promise<Prediction> {
  const started = performance.now();
  const response = await send("POST", invocationsPath(name), { body });
  const answer = (await response.json()) as { predictions?: unknown };
  return { predictions: answer.predictions ?? answer, elapsedMs: performance.now() - started };
}

export type Health = "done" | "running" | "failed";

/** The endpoint's state as one of the page's statuses, and its word. */
export function health(endpoint: Endpoint): { health: Health; word: string } {
  const update = endpoint.state?.config_update ?? "NOT_UPDATING";
  if (update === "IN_PROGRESS") return { health: "running", word: "updating" };
  if (update === "UPDATE_FAILED") return { health: "failed", word: "update failed" };
  return endpoint.state?.ready === "READY" ? { health: "done", word: "ready" } : { health: "running", word: "starting" };
}

/** The share of traffic that a served entity gets, in percent. */
export function traffic(endpoint: Endpoint, entity: ServedEntity): number {
  const routes = endpoint.config?.traffic_config?.routes ?? [];
  const route = routes.find((route) => (route.served_entity_name ?? route.served_model_name) === entity.name);
  return route?.traffic_percentage ?? (routes.length === 0 ? 100 : 0);
}
