import { Operations } from "./generated/operations.js";
import { Pages } from "./generated/pages.js";
import type { Message } from "./generated/schemas.js";
import type { Operation, RequestOptions } from "./request.js";
import { Transport, type TransportOptions } from "./transport.js";

/**
 * Every operation of the API, typed: `client.sendMessage({ conversationId }, { type: "text", text: { body: "Hello" } })`.
 *
 * Throws `MaitreProblem` for what the API refuses. Repeats by itself what failed in passing, see `RetryPolicy`.
 */
export class MaitreClient extends Operations {
  /** Lists as loops, page by page. */
  readonly pages: Pages;
  private readonly transport: Transport;

  constructor(options: TransportOptions) {
    super();
    this.transport = new Transport(options);
    this.pages = new Pages(this);
  }

  /** The messages with a higher sequence than `since`, oldest first: everything from 0. */
  async *messagesSince(conversationId: string, since = 0, options?: RequestOptions): AsyncGenerator<Message, void, undefined> {
    for (;;) {
      const { data, hasMore } = await this.listMessages({ conversationId, since, limit: 100 }, options);
      for (const message of data) {
        yield message;
        since = Math.max(since, message.sequence);
      }
      if (!hasMore || data.length === 0) return;
    }
  }

  protected override call<Result>(operation: Operation, parameters: object, body: unknown, options: RequestOptions | undefined): Promise<Result> {
    return this.transport.send<Result>(operation, parameters, body, options);
  }
}
