import type { FieldError, Problem, ProblemCode } from "./generated/schemas.js";

/** Everything that this client throws about a request, other than mistakes in calling it. */
export class MaitreError extends Error {
  override name = "MaitreError";
}

/** The API refused the request or failed: its problem document. Go by `code`. */
export class MaitreProblem extends MaitreError {
  override name = "MaitreProblem";
  readonly status: number;
  readonly code: ProblemCode;
  readonly title: string;
  readonly detail: string;
  readonly instance: string;
  /** Quote it when you ask for help. */
  readonly requestId: string;
  /** All wrong members of the request. */
  readonly errors: FieldError[];
  /** When an exhausted allowance is refilled. */
  readonly resetsAt: Date | undefined;
  /** Seconds to wait before another attempt. */
  readonly retryAfter: number | undefined;

  constructor(document: Problem, retryAfter?: number) {
    super(`${document.status} ${document.code}: ${document.detail}`);
    this.status = document.status;
    this.code = document.code;
    this.title = document.title;
    this.detail = document.detail;
    this.instance = document.instance;
    this.requestId = document.requestId;
    this.errors = document.errors ?? [];
    this.resetsAt = document.resetsAt === undefined ? undefined : new Date(document.resetsAt);
    this.retryAfter = retryAfter;
  }
}

/** An answer that is not the API's: a proxy's error page, or a body that cannot be read. */
export class MaitreUnexpectedAnswer extends MaitreError {
  override name = "MaitreUnexpectedAnswer";

  constructor(readonly status: number, readonly text: string, readonly retryAfter?: number) {
    super(`status ${status} without an answer of Maitre`);
  }
}

/** No answer: the connection failed or took too long. Whether the request had an effect is unknown. */
export class MaitreConnectionError extends MaitreError {
  override name = "MaitreConnectionError";

  constructor(message: string, override readonly cause?: unknown) {
    super(message);
  }
}

/** The answer to `ifNoneMatch`: what you have is still the newest. */
export class MaitreNotModified extends MaitreError {
  override name = "MaitreNotModified";

  constructor() {
    super("not modified");
  }
}

/** Whether this is a problem of the API, and with one of these codes if there are any. */
export function isProblem(error: unknown, ...codes: ProblemCode[]): error is MaitreProblem {
  return error instanceof MaitreProblem && (codes.length === 0 || codes.includes(error.code));
}

/** The error that a response with status 400 or above stands for. */
export async function errorOf(response: Response): Promise<MaitreProblem | MaitreUnexpectedAnswer> {
  const retryAfter = secondsOf(response.headers.get("retry-after"));
  const text = await response.text();
  if (response.headers.get("content-type")?.startsWith("application/problem+json")) {
    try {
      const document = JSON.parse(text) as Partial<Problem> | null;
      if (typeof document?.code === "string" && typeof document.status === "number") return new MaitreProblem(document as Problem, retryAfter);
    } catch {
      // Not ours after all.
    }
  }
  return new MaitreUnexpectedAnswer(response.status, text, retryAfter);
}

/** `Retry-After`: seconds, or the moment itself. */
export function secondsOf(value: string | null, now = Date.now()): number | undefined {
  if (value === null || value.trim() === "") return undefined;
  if (/^\d+$/.test(value.trim())) return Number(value);
  const moment = Date.parse(value);
  return Number.isNaN(moment) ? undefined : Math.max(0, Math.ceil((moment - now) / 1000));
}
