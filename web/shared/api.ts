/**
 * Calls the gateway's REST routes with a bearer token, and turns every failure into one error type.
 *
 * It owns the token's renewal (one at a time, before it expires, once more on a 401) and keeps it in memory only. It
 * never puts a credential or anything typed into a URL.
 */
import { fromJson, type Schema } from "./codec.ts";

/** An access token and when it expires, in milliseconds since 1970. */
export interface AccessToken {
  accessToken: string;
  expireTime: number;
}

/** A refused or failed call. `reason` is stable; UNREACHABLE and UNREADABLE are this side's own. */
export class ApiError extends Error {
  override readonly name = "ApiError";
  readonly status: number;
  readonly reason: string;
  readonly retryAfterMs: number;
  readonly fields: readonly { field: string; rule: string }[];
  constructor(
    status: number,
    reason: string,
    retryAfterMs = 0,
    fields: readonly { field: string; rule: string }[] = [],
  ) {
    super(reason);
    this.status = status;
    this.reason = reason;
    this.retryAfterMs = retryAfterMs;
    this.fields = fields;
  }
  /** True where the same call may succeed later without a change: the way was broken, not the call. */
  get passing(): boolean {
    return this.status === 0 || this.status >= 500;
  }
}

/** Returns the reason of anything that was thrown. */
export function reasonOf(error: unknown): string {
  return error instanceof ApiError ? error.reason : "UNREADABLE";
}

/** How long before its end a token is renewed. */
const RENEW_MS = 60_000;

async function toError(response: Response): Promise<ApiError> {
  try {
    const problem = (await response.json()) as {
      reason?: string;
      retryAfterMs?: number | string;
      fields?: { field: string; rule: string }[];
    };
    const header = Number(response.headers.get("retry-after")) * 1000;
    return new ApiError(
      response.status,
      problem.reason ?? `HTTP_${response.status}`,
      Number(problem.retryAfterMs) || header || 0,
      problem.fields ?? [],
    );
  } catch {
    return new ApiError(response.status, `HTTP_${response.status}`);
  }
}

/** Fetches JSON with a JSON body, without any token. */
export async function fetchJson(
  method: string,
  path: string,
  body?: unknown,
  headers: HeadersInit = {},
): Promise<unknown> {
  const response = await fetchChecked(path, {
    method,
    headers: body === undefined ? headers : { ...headers, "content-type": "application/json" },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  if (text === "") return {};
  try {
    return JSON.parse(text);
  } catch {
    throw new ApiError(response.status, "UNREADABLE");
  }
}

async function fetchChecked(path: string, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(path, { credentials: "same-origin", cache: "no-store", ...init });
  } catch (error) {
    if ((error as Error).name === "AbortError") throw error;
    throw new ApiError(0, "UNREACHABLE");
  }
  if (!response.ok) throw await toError(response);
  return response;
}

/** The gateway, called as whoever `renew` returns a token for. */
export class Api {
  private current: AccessToken | undefined;
  private renewal: Promise<AccessToken> | undefined;
  private readonly renew: () => Promise<AccessToken>;

  private readonly lost: () => void;

  /** `renew` fetches a token; `lost` is called when there is none to be had any more. */
  constructor(renew: () => Promise<AccessToken>, lost: () => void = () => {}) {
    this.renew = renew;
    this.lost = lost;
  }

  /** Returns a token that is good for a while; `fresh` asks for a new one whatever the old one says. */
  async token(fresh = false): Promise<AccessToken> {
    const { current } = this;
    if (!fresh && current && current.expireTime - Date.now() > RENEW_MS / 2) return current;
    this.renewal ??= this.renew().finally(() => {
      this.renewal = undefined;
    });
    try {
      this.current = await this.renewal;
      return this.current;
    } catch (error) {
      if (error instanceof ApiError && (error.status === 401 || error.status === 403)) this.lost();
      throw error;
    }
  }

  /** Takes a token that came with another answer. */
  accept(token: AccessToken): void {
    this.current = token;
  }

  /** Calls a route and returns the message that it answers with. */
  async call<T>(schema: Schema<T>, method: string, path: string, body?: unknown): Promise<T> {
    return fromJson(schema, await this.json(method, path, body));
  }

  /** Calls a route and returns the JSON that it answers with. */
  json(method: string, path: string, body?: unknown): Promise<unknown> {
    return this.authorized((authorization) => fetchJson(method, path, body, { authorization }));
  }

  /** Fetches a file, whole. */
  file(path: string): Promise<Blob> {
    return this.authorized(async (authorization) => (await fetchChecked(path, { headers: { authorization } })).blob());
  }

  private async authorized<T>(send: (authorization: string) => Promise<T>): Promise<T> {
    try {
      return await send(`Bearer ${(await this.token()).accessToken}`);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      return send(`Bearer ${(await this.token(true)).accessToken}`);
    }
  }

  /** Opens a server-sent stream; the body is read by the caller. */
  async stream(path: string, cursor: string, signal: AbortSignal): Promise<Response> {
    const open = async (fresh: boolean) => {
      const { accessToken } = await this.token(fresh);
      const headers: Record<string, string> = { accept: "text/event-stream", authorization: `Bearer ${accessToken}` };
      if (cursor !== "") headers["last-event-id"] = cursor;
      return fetchChecked(path, { headers, signal });
    };
    try {
      return await open(false);
    } catch (error) {
      if (!(error instanceof ApiError && error.status === 401)) throw error;
      return open(true);
    }
  }
}

/** When to renew a token that ends at `expireTime`: a minute before, or half-way where it lives shorter than that. */
export function renewalDelay(expireTime: number, now: number = Date.now()): number {
  const left = expireTime - now;
  return Math.max(1000, left > 2 * RENEW_MS ? left - RENEW_MS : left / 2);
}
