// One way to call the server: JSON in, JSON out, and failures that keep their code and next step.

/** What the server said went wrong; `code` is Brickyard's (`BY-SQL-0012`) or the protocol's (`RESOURCE_DOES_NOT_EXIST`). */
export class ApiError extends Error {
  constructor(
    message: string,
    readonly code: string,
    readonly status: number,
    /** What to do about it, in a sentence, where the server knows. */
    readonly next: string | null = null,
  ) {
    super(message);
  }

  /** Whether the same call may succeed later unchanged. */
  get worthRetrying(): boolean {
    return this.status === 0 || this.status === 429 || this.status === 503;
  }
}

export interface Call {
  query?: Record<string, string | number | undefined>;
  body?: unknown;
  signal?: AbortSignal;
}

/** Trades an access token for a cookie that scripts cannot read; the browser sends it from then on. */
export async function logIn(token: string): Promise<void> {
  const response = await fetch("/ui/v1/login", { method: "POST", headers: { Authorization: `Bearer ${token}` } });
  if (!response.ok) throw await failure(response);
}

export async function send(method: string, path: string, { query, body, signal }: Call = {}): Promise<Response> {
  const search = new URLSearchParams();
  for (const [key, value] of Object.entries(query ?? {})) if (value !== undefined) search.set(key, String(value));
  const headers: Record<string, string> = {};
  if (body !== undefined) headers["Content-Type"] = "application/json";
  const request: RequestInit = { method, headers };
  if (body !== undefined) request.body = JSON.stringify(body);
  if (signal) request.signal = signal;
  let response: Response;
  try {
    response = await fetch(search.size ? `${path}?${search}` : path, request);
  } catch (cause) {
    if (signal?.aborted) throw cause;
    throw new ApiError("the server does not answer", "NO_ANSWER", 0, "Is it running? It is asked again when you retry.");
  }
  if (!response.ok) throw await failure(response);
  return response;
}

export async function call<T>(method: string, path: string, options?: Call): Promise<T> {
  const response = await send(method, path, options);
  return (await response.json()) as T;
}

export const get = <T>(path: string, options?: Call): Promise<T> => call<T>("GET", path, options);
export const post = <T>(path: string, body: unknown, options?: Call): Promise<T> =>
  call<T>("POST", path, { ...options, body });

async function failure(response: Response): Promise<ApiError> {
  const text = await response.text();
  const said = parseObject(text);
  const message = typeof said["message"] === "string" ? said["message"] : text.slice(0, 300) || response.statusText;
  const inMessage = /\s*\[(BY-[A-Z]+-\d+)\]\s*$/.exec(message);
  const code = typeof said["error_code"] === "string" ? said["error_code"] : `HTTP ${response.status}`;
  return new ApiError(
    inMessage ? message.slice(0, inMessage.index) : message,
    inMessage?.[1] ?? code,
    response.status,
    typeof said["next"] === "string" ? said["next"] : null,
  );
}

function parseObject(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}
