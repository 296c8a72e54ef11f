import { errorOf, isProblem, MaitreConnectionError, MaitreNotModified, MaitreUnexpectedAnswer } from "./errors.js";
import { addressOf, headOf, type AnswerHead, type Operation, type RequestOptions } from "./request.js";
import { pauseAfter, reasonOf, sleep, standardRetries, type RetryPolicy } from "./retry.js";

/** Who asks. `renew` is called once when the API does not take the credential (any more); true means that another attempt is worth it. */
export interface Credential {
  headers(): Promise<Record<string, string>> | Record<string, string>;
  renew?(): Promise<boolean>;
}

export interface TransportOptions {
  /** Where Maitre is: `https://maitre.example`. A path of the API at its end (`/api`, `/api/v1`) is left out. */
  baseUrl: string;
  credential?: Credential | undefined;
  /** For the operations of one restaurant; without it a merchant key's own. */
  restaurantId?: string | undefined;
  retries?: Partial<RetryPolicy> | undefined;
  /** Milliseconds that one attempt may take; 30 seconds without it. */
  timeout?: number | undefined;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch | undefined;
}

/** Sends operations: address, credential, body, time limit, retries, errors. */
export class Transport {
  readonly baseUrl: string;
  private readonly fetch: typeof fetch;
  private readonly policy: RetryPolicy;

  constructor(private readonly options: TransportOptions) {
    this.baseUrl = options.baseUrl.replace(/\/+$/, "").replace(/\/api(\/v1)?$/, "");
    this.fetch = options.fetch ?? ((input, init) => globalThis.fetch(input, init));
    this.policy = { ...standardRetries, ...options.retries };
  }

  async send<Result>(operation: Operation, parameters: object, body: unknown, options: RequestOptions = {}): Promise<Result> {
    const values = parameters as Record<string, unknown>;
    const address = this.baseUrl + addressOf(operation, values);
    // One text for all attempts: a repetition under the same key has to have the same bytes.
    const text = body === undefined ? undefined : JSON.stringify(body);
    const headers = this.headersOf(operation, values, text !== undefined, options);
    const request = { method: operation.method, hasKey: "Idempotency-Key" in headers };
    let renewed = false;
    let told = false;
    for (let attempt = 1; ; attempt++) {
      try {
        const credential = operation.secured && this.options.credential ? await this.options.credential.headers() : {};
        const { result, head } = await this.attempt<Result>(address, operation.method, { ...headers, ...credential, ...options.headers }, text, options);
        told = true;
        options.onAnswer?.(head);
        return result;
      } catch (error) {
        // What the caller's own function throws is no answer of the API.
        if (told) throw error;
        if (!renewed && operation.secured && isProblem(error) && error.status === 401 && this.options.credential?.renew) {
          renewed = true;
          if (await this.options.credential.renew()) continue;
        }
        const pause = pauseAfter(error, attempt, request, this.policy);
        if (pause === undefined) throw error;
        await sleep(pause, options.signal);
      }
    }
  }

  private headersOf(operation: Operation, parameters: Record<string, unknown>, hasBody: boolean, options: RequestOptions): Record<string, string> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (hasBody) headers["Content-Type"] = "application/json";
    const restaurant = options.restaurantId ?? this.options.restaurantId;
    if (operation.takesRestaurant && restaurant !== undefined) headers["X-Restaurant-Id"] = restaurant;
    if (operation.idempotency !== "none") headers["Idempotency-Key"] = options.idempotencyKey ?? randomKey();
    if (options.ifMatch !== undefined) headers["If-Match"] = options.ifMatch;
    if (options.ifNoneMatch !== undefined) headers["If-None-Match"] = options.ifNoneMatch;
    for (const name of operation.headers) {
      if (parameters[name] !== undefined) headers[name] = String(parameters[name]);
    }
    return headers;
  }

  private async attempt<Result>(address: string, method: string, headers: Record<string, string>, body: string | undefined, options: RequestOptions): Promise<{ result: Result; head: AnswerHead }> {
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), options.timeout ?? this.options.timeout ?? 30_000);
    const stop = () => limit.abort();
    if (options.signal?.aborted) stop();
    options.signal?.addEventListener("abort", stop, { once: true });
    try {
      const response = await this.fetch(address, { method, headers, body: body ?? null, signal: limit.signal, redirect: "error" });
      return { result: await resultOf<Result>(response), head: headOf(response) };
    } catch (error) {
      if (options.signal?.aborted) throw reasonOf(options.signal);
      if (limit.signal.aborted) throw new MaitreConnectionError(`${method} ${address} took too long`, error);
      if (error instanceof TypeError) throw new MaitreConnectionError(`${method} ${address} got no answer`, error);
      throw error;
    } finally {
      clearTimeout(timer);
      options.signal?.removeEventListener("abort", stop);
    }
  }
}

async function resultOf<Result>(response: Response): Promise<Result> {
  if (response.status === 304) throw new MaitreNotModified();
  if (!response.ok) throw await errorOf(response);
  const text = await response.text();
  if (text === "") return undefined as Result;
  if (!response.headers.get("content-type")?.startsWith("application/json")) return text as Result;
  try {
    return JSON.parse(text) as Result;
  } catch {
    throw new MaitreUnexpectedAnswer(response.status, text);
  }
}

/** 128 random bits. `crypto.randomUUID` is missing on pages that came over plain HTTP. */
export function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
