// Made by generate.py from openapi.yaml; do not edit.
import { byCursor, byOffset } from "../paging.js";
import type { RequestOptions } from "../request.js";
import type { Operations, ListBotsParameters, ListChannelsParameters, ListConversationsParameters, ListMerchantsParameters, ListMessagesParameters, ListQuarantineParameters } from "./operations.js";
import type { Bot, Channel, Conversation, Merchant, Message, QuarantinedUpdate } from "./schemas.js";

/** Lists as loops: `for await (const bot of client.pages.listBots())`. */
export class Pages {
  constructor(private readonly client: Operations) {}

  /** All restaurants, all of them, page by page. */
  listMerchants(parameters: Omit<ListMerchantsParameters, "offset"> = {}, options?: RequestOptions): AsyncGenerator<Merchant, void, undefined> {
    return byOffset((offset) => this.client.listMerchants({ ...parameters, offset }, options));
  }

  /** The restaurant's bots, all of them, page by page. */
  listBots(parameters: Omit<ListBotsParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Bot, void, undefined> {
    return byCursor((cursor) => this.client.listBots({ ...parameters, cursor }, options));
  }

  /** A bot's channels, all of them, page by page. */
  listChannels(parameters: Omit<ListChannelsParameters, "cursor">, options?: RequestOptions): AsyncGenerator<Channel, void, undefined> {
    return byCursor((cursor) => this.client.listChannels({ ...parameters, cursor }, options));
  }

  /** Conversations, the most recently active first, all of them, page by page. */
  listConversations(parameters: Omit<ListConversationsParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Conversation, void, undefined> {
    return byCursor((cursor) => this.client.listConversations({ ...parameters, cursor }, options));
  }

  /** A conversation's messages, all of them, page by page. */
  listMessages(parameters: Omit<ListMessagesParameters, "since" | "cursor">, options?: RequestOptions): AsyncGenerator<Message, void, undefined> {
    return byCursor((cursor) => this.client.listMessages({ ...parameters, cursor }, options));
  }

  /** Quarantined updates, all of them, page by page. */
  listQuarantine(parameters: Omit<ListQuarantineParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<QuarantinedUpdate, void, undefined> {
    return byCursor((cursor) => this.client.listQuarantine({ ...parameters, cursor }, options));
  }
}
