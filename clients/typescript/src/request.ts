/** What the client knows of an operation; src/generated/operations.ts has the table. */
export interface Operation {
  readonly id: string;
  readonly method: string;
  readonly path: string;
  readonly query: readonly string[];
  readonly headers: readonly string[];
  readonly idempotency: "required" | "optional" | "none";
  readonly secured: boolean;
  readonly takesRestaurant: boolean;
}

/** What an answer says beside its body. */
export interface AnswerHead {
  status: number;
  headers: Headers;
  /** Of the server's log. */
  requestId: string | undefined;
  /** For `ifNoneMatch` and `ifMatch`. */
  etag: string | undefined;
  /** Of what was made. */
  location: string | undefined;
  /** The effect happened at an earlier request with the same idempotency key. */
  isReplay: boolean;
}

export interface RequestOptions {
  /** Another restaurant than the client's. */
  restaurantId?: string;
  /** Your name for this intention, where the operation takes one; a new random one without it. */
  idempotencyKey?: string;
  /** The version that must still be the one: 412 otherwise. */
  ifMatch?: string;
  /** The version that you have: `MaitreNotModified` is thrown while it is still the one. */
  ifNoneMatch?: string;
  signal?: AbortSignal;
  /** Milliseconds that one attempt may take. */
  timeout?: number;
  /** Further header fields. */
  headers?: Record<string, string>;
  /** Told the head of the answer that is returned. */
  onAnswer?: (head: AnswerHead) => void;
}

export function headOf(response: Response): AnswerHead {
  const field = (name: string) => response.headers.get(name) ?? undefined;
  return {
    status: response.status,
    headers: response.headers,
    requestId: field("x-request-id"),
    etag: field("etag"),
    location: field("location"),
    isReplay: field("idempotent-replayed") === "true",
  };
}

/** The path with its parameters, and the query. */
export function addressOf(operation: Operation, parameters: Record<string, unknown>): string {
  const path = operation.path.replace(/\{(\w+)\}/g, (_, name: string) => {
    const value = parameters[name];
    if (value === undefined || value === null || value === "") throw new TypeError(`${operation.id} needs ${name}`);
    return encodeURIComponent(String(value));
  });
  const query = new URLSearchParams();
  for (const name of operation.query) {
    const value = parameters[name];
    if (value === undefined || value === null) continue;
    // Maitre refuses a parameter that stands twice: several values are one, with commas.
    query.append(name, Array.isArray(value) ? value.join(",") : String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
}
