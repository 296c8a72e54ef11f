import { MaitreConnectionError, MaitreProblem, MaitreUnexpectedAnswer } from "./errors.js";

/** When a request is sent again by itself. Times are milliseconds. */
export interface RetryPolicy {
  /** Attempts in all; 1 never repeats. */
  attempts: number;
  /** Before the second attempt; each further pause is twice as long. */
  firstPause: number;
  longestPause: number;
  /** A `Retry-After` beyond this is not waited for: the error is yours. */
  longestRetryAfter: number;
}

export const standardRetries: RetryPolicy = { attempts: 4, firstPause: 500, longestPause: 30_000, longestRetryAfter: 60_000 };

const repeatableMethods = new Set(["GET", "HEAD", "PUT", "PATCH", "DELETE"]);
const passing = new Set([408, 429, 500, 502, 503, 504]);

/**
 * The pause before the next attempt; undefined when there should be none.
 *
 * What may have had an effect is only repeated when a repetition has none: by its method, or under an idempotency key. A 429 had none.
 */
export function pauseAfter(error: unknown, attempt: number, request: { method: string; hasKey: boolean }, policy: RetryPolicy, random = Math.random): number | undefined {
  if (attempt >= policy.attempts) return undefined;
  const isHarmless = request.hasKey || repeatableMethods.has(request.method);
  let retryAfter: number | undefined;
  if (error instanceof MaitreConnectionError) {
    if (!isHarmless) return undefined;
  } else if (error instanceof MaitreProblem || error instanceof MaitreUnexpectedAnswer) {
    const isUnderWay = error instanceof MaitreProblem && error.code === "request_in_progress";
    if (!isUnderWay && !passing.has(error.status)) return undefined;
    if (error.status !== 429 && !isHarmless) return undefined;
    retryAfter = error.retryAfter;
  } else {
    return undefined;
  }
  if (retryAfter !== undefined && retryAfter * 1000 > policy.longestRetryAfter) return undefined;
  // Clients that failed together should not come back together.
  const pause = Math.min(policy.longestPause, policy.firstPause * 2 ** (attempt - 1)) * (0.5 + random() / 2);
  return Math.max(pause, (retryAfter ?? 0) * 1000);
}

/** Rejects with the signal's reason as soon as it is aborted. */
export function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = () => {
      clearTimeout(timer);
      reject(reasonOf(signal));
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", stop);
      resolve();
    }, milliseconds);
    if (signal?.aborted) stop();
    else signal?.addEventListener("abort", stop, { once: true });
  });
}

export function reasonOf(signal: AbortSignal | undefined): unknown {
  return signal?.reason ?? new DOMException("This operation was aborted", "AbortError");
}
