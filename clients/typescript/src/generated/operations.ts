// Made by generate.py from openapi.yaml; do not edit.
import type { Operation, RequestOptions } from "../request.js";
import type { Allowances, AllowancesIn, Bot, BotIn, BotPage, Channel, ChannelIn, ChannelPage, ChannelPatch, Conversation, ConversationMode, ConversationPage, ConversationPatch, Health, Merchant, MerchantIn, MerchantPage, Message, MessageIn, MessagePage, MetaWebhook, Probe, QuarantinePage, ReadMarkIn, Stored, Usage, UsagePage, UsageWithHistory } from "./schemas.js";

export interface ListMerchantsParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** How many to skip. */
  offset?: number;
}

export interface GetMerchantParameters {
  /** The restaurant. */
  merchantId: string;
}

export interface ListBotsParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetBotParameters {
  /** The bot. */
  botId: string;
}

export interface ListChannelsParameters {
  /** The bot. */
  botId: string;
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface CreateChannelParameters {
  /** The bot. */
  botId: string;
}

export interface GetChannelParameters {
  /** The bot. */
  botId: string;
  /** The channel. */
  channelId: string;
}

export interface UpdateChannelParameters {
  /** The bot. */
  botId: string;
  /** The channel. */
  channelId: string;
}

export interface ListConversationsParameters {
  /** Only conversations that are answered this way. */
  mode?: ConversationMode;
  /** Only conversations with unread messages; `false` filters nothing. */
  unread?: boolean;
  /** Only conversations on this channel. */
  channel?: string;
  /** Only conversations assigned to this person. */
  assignee?: string;
  /** Only conversations whose contact's name or number contains this. */
  q?: string;
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetConversationParameters {
  /** The conversation. */
  conversationId: string;
}

export interface UpdateConversationParameters {
  /** The conversation. */
  conversationId: string;
}

export interface MarkConversationReadParameters {
  /** The conversation. */
  conversationId: string;
}

export interface ListMessagesParameters {
  /** The conversation. */
  conversationId: string;
  /** A message's sequence; 0 begins at the first message. */
  since?: number;
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface SendMessageParameters {
  /** The conversation. */
  conversationId: string;
}

export interface GetMessageParameters {
  /** The conversation. */
  conversationId: string;
  /** The message. */
  messageId: string;
}

export interface ResendMessageParameters {
  /** The conversation. */
  conversationId: string;
  /** The message. */
  messageId: string;
}

export interface GetUsageParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** How many to skip. */
  offset?: number;
}

export interface GetRestaurantUsageParameters {
  /** The restaurant. */
  restaurantId: string;
}

export interface GetRestaurantAllowancesParameters {
  /** The restaurant. */
  restaurantId: string;
}

export interface SetRestaurantAllowancesParameters {
  /** The restaurant. */
  restaurantId: string;
}

export interface ListQuarantineParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface VerifyMetaWebhookParameters {
  /** Always `subscribe`. */
  "hub.mode": "subscribe";
  /** To be sent back as it is. */
  "hub.challenge": string;
  /** The channel's verify token. */
  "hub.verify_token": string;
}

export interface ReceiveMetaWebhookParameters {
  /** `sha256=` and the HMAC-SHA256 of the raw body with the app's secret, in hexadecimal. */
  "X-Hub-Signature-256": string;
}

/** What the client has to know of each operation to call it. */
export const operations = {
  getLiveness: { id: "getLiveness", method: "GET", path: "/livez", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  getReadiness: { id: "getReadiness", method: "GET", path: "/readyz", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  getHealth: { id: "getHealth", method: "GET", path: "/api/v1/health", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  listMerchants: { id: "listMerchants", method: "GET", path: "/api/v1/merchants", query: ["limit", "offset"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  createMerchant: { id: "createMerchant", method: "POST", path: "/api/v1/merchants", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getMerchant: { id: "getMerchant", method: "GET", path: "/api/v1/merchants/{merchantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listBots: { id: "listBots", method: "GET", path: "/api/v1/bots", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createBot: { id: "createBot", method: "POST", path: "/api/v1/bots", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getBot: { id: "getBot", method: "GET", path: "/api/v1/bots/{botId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listChannels: { id: "listChannels", method: "GET", path: "/api/v1/bots/{botId}/channels", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createChannel: { id: "createChannel", method: "POST", path: "/api/v1/bots/{botId}/channels", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getChannel: { id: "getChannel", method: "GET", path: "/api/v1/bots/{botId}/channels/{channelId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateChannel: { id: "updateChannel", method: "PATCH", path: "/api/v1/bots/{botId}/channels/{channelId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listConversations: { id: "listConversations", method: "GET", path: "/api/v1/conversations", query: ["mode", "unread", "channel", "assignee", "q", "limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getConversation: { id: "getConversation", method: "GET", path: "/api/v1/conversations/{conversationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateConversation: { id: "updateConversation", method: "PATCH", path: "/api/v1/conversations/{conversationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  markConversationRead: { id: "markConversationRead", method: "POST", path: "/api/v1/conversations/{conversationId}/read", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listMessages: { id: "listMessages", method: "GET", path: "/api/v1/conversations/{conversationId}/messages", query: ["since", "limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  sendMessage: { id: "sendMessage", method: "POST", path: "/api/v1/conversations/{conversationId}/messages", query: [], headers: [], idempotency: "required", secured: true, takesRestaurant: true },
  getMessage: { id: "getMessage", method: "GET", path: "/api/v1/conversations/{conversationId}/messages/{messageId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  resendMessage: { id: "resendMessage", method: "POST", path: "/api/v1/conversations/{conversationId}/messages/{messageId}/resend", query: [], headers: [], idempotency: "required", secured: true, takesRestaurant: true },
  getUsage: { id: "getUsage", method: "GET", path: "/api/v1/usage", query: ["limit", "offset"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getRestaurantUsage: { id: "getRestaurantUsage", method: "GET", path: "/api/v1/usage/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getAllowances: { id: "getAllowances", method: "GET", path: "/api/v1/allowances", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getRestaurantAllowances: { id: "getRestaurantAllowances", method: "GET", path: "/api/v1/allowances/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  setRestaurantAllowances: { id: "setRestaurantAllowances", method: "PUT", path: "/api/v1/allowances/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listQuarantine: { id: "listQuarantine", method: "GET", path: "/api/v1/quarantine", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  verifyMetaWebhook: { id: "verifyMetaWebhook", method: "GET", path: "/webhooks/meta", query: ["hub.mode", "hub.challenge", "hub.verify_token"], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  receiveMetaWebhook: { id: "receiveMetaWebhook", method: "POST", path: "/webhooks/meta", query: [], headers: ["X-Hub-Signature-256"], idempotency: "none", secured: false, takesRestaurant: false },
} as const;

/** A method for each operation of openapi.yaml. */
export abstract class Operations {
  protected abstract call<Result>(operation: Operation, parameters: object, body: unknown, options: RequestOptions | undefined): Promise<Result>;

  /** Whether the process runs. For an orchestrator's liveness check. Asks nothing but the process itself. */
  getLiveness(options?: RequestOptions): Promise<Probe> {
    return this.call(operations.getLiveness, {}, undefined, options);
  }

  /** Whether the process takes requests. For a proxy's readiness check. False until start-up is done, while the database is away, and as soon as shutdown begins. */
  getReadiness(options?: RequestOptions): Promise<Probe> {
    return this.call(operations.getReadiness, {}, undefined, options);
  }

  /** Health of the API. The state of the process and its database, in the shape that older dashboards read. */
  getHealth(options?: RequestOptions): Promise<Health> {
    return this.call(operations.getHealth, {}, undefined, options);
  }

  /** All restaurants. In the order they were made, with the total. Platform keys only. */
  listMerchants(parameters: ListMerchantsParameters = {}, options?: RequestOptions): Promise<MerchantPage> {
    return this.call(operations.listMerchants, parameters, undefined, options);
  }

  /** Make a restaurant. Makes the restaurant and the key that its secrets are sealed with. Platform keys only. */
  createMerchant(body: MerchantIn, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.createMerchant, {}, body, options);
  }

  /** One restaurant. Platform keys only. */
  getMerchant(parameters: GetMerchantParameters, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.getMerchant, parameters, undefined, options);
  }

  /** The restaurant's bots. In the order they were made. */
  listBots(parameters: ListBotsParameters = {}, options?: RequestOptions): Promise<BotPage> {
    return this.call(operations.listBots, parameters, undefined, options);
  }

  /** Make a bot. A bot answers on the channels that are connected to it. */
  createBot(body: BotIn, options?: RequestOptions): Promise<Bot> {
    return this.call(operations.createBot, {}, body, options);
  }

  /** One bot. What the bot says and when it was made. */
  getBot(parameters: GetBotParameters, options?: RequestOptions): Promise<Bot> {
    return this.call(operations.getBot, parameters, undefined, options);
  }

  /** A bot's channels. In the order they were made. */
  listChannels(parameters: ListChannelsParameters, options?: RequestOptions): Promise<ChannelPage> {
    return this.call(operations.listChannels, parameters, undefined, options);
  }

  /**
   * Connect a number. Stores the number with its secrets and routes the provider's webhooks for it to this channel. A number that is connected already, to whomever,
   * is refused with `number_taken`. A Meta app that is known already is only accepted with its own secret.
   */
  createChannel(parameters: CreateChannelParameters, body: ChannelIn, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.createChannel, parameters, body, options);
  }

  /** One channel. Everything but its secrets; of those only whether they are there. */
  getChannel(parameters: GetChannelParameters, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.getChannel, parameters, undefined, options);
  }

  /** Change a channel. Replaces secrets, stops a channel or starts it again, or changes its pace. What is not named stays. */
  updateChannel(parameters: UpdateChannelParameters, body: ChannelPatch, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.updateChannel, parameters, body, options);
  }

  /** Conversations, the most recently active first. Filters combine. A conversation without any message yet is not listed. */
  listConversations(parameters: ListConversationsParameters = {}, options?: RequestOptions): Promise<ConversationPage> {
    return this.call(operations.listConversations, parameters, undefined, options);
  }

  /** One conversation. With its contact and until when free messages may be sent. */
  getConversation(parameters: GetConversationParameters, options?: RequestOptions): Promise<Conversation> {
    return this.call(operations.getConversation, parameters, undefined, options);
  }

  /** Change who answers. Hands the conversation to a person or back to the bot, pauses or closes it. Replies of the bot that wait are withdrawn. */
  updateConversation(parameters: UpdateConversationParameters, body: ConversationPatch, options?: RequestOptions): Promise<Conversation> {
    return this.call(operations.updateConversation, parameters, body, options);
  }

  /**
   * Mark as read. Sets the unread count to zero and has the provider show the customer that the messages were read, and with `typing` that an answer is on its
   * way.
   */
  markConversationRead(parameters: MarkConversationReadParameters, body?: ReadMarkIn, options?: RequestOptions): Promise<Conversation> {
    return this.call(operations.markConversationRead, parameters, body, options);
  }

  /**
   * A conversation's messages. Newest first, by cursor. With `since`, for clients that poll: the messages with a higher sequence, oldest first; `nextCursor` is then null, and
   * the next request names the highest sequence that was seen. `since` and `cursor` exclude each other.
   */
  listMessages(parameters: ListMessagesParameters, options?: RequestOptions): Promise<MessagePage> {
    return this.call(operations.listMessages, parameters, undefined, options);
  }

  /**
   * Send a message. Stores the message and queues it; the provider is called afterwards, so its failure never fails this request but shows in the message's
   * `status`. A conversation that the bot answers is taken over by the sender. Outside the 24-hour service window only templates are accepted
   * (409 `service_window_closed`). A repetition with the same `Idempotency-Key` answers the same again and sends nothing.
   *
   * What a key sends is charged to the restaurant's allowances when it is accepted: beyond the messages of the day, or in a conversation beyond those of
   * the month, it is 402 `allowance_exhausted` with `resetsAt`; beyond the bot's messages of the minute 429 `rate_limited` with `Retry-After`. What a
   * person sends is not.
   */
  sendMessage(parameters: SendMessageParameters, body: MessageIn, options?: RequestOptions): Promise<Message> {
    return this.call(operations.sendMessage, parameters, body, options);
  }

  /** One message. For following what became of a message that was sent. */
  getMessage(parameters: GetMessageParameters, options?: RequestOptions): Promise<Message> {
    return this.call(operations.getMessage, parameters, undefined, options);
  }

  /**
   * Send a failed message again. Stores a copy of a message that failed and queues it. For a message that failed with `unknown_outcome` the provider gave no answer, so the
   * customer may have got it: Maitre never sends it again by itself. A message is sent again once (409 `message_not_resendable`); the copy, should
   * it fail too, can be sent again itself. It is the sender's own: a conversation that the bot answers is taken over. Like sending, it needs an
   * `Idempotency-Key`; there is no body.
   */
  resendMessage(parameters: ResendMessageParameters, options?: RequestOptions): Promise<Message> {
    return this.call(operations.resendMessage, parameters, undefined, options);
  }

  /**
   * What was used. With a restaurant's credential, or a platform key and `X-Restaurant-Id`: the restaurant's own record. With a platform key alone: all restaurants in
   * the order they were made, with the total; `limit` and `offset` are for this list.
   *
   * A counted conversation opens at the first message of a contact on a channel when none opened in the 24 hours before, and belongs to the day and
   * month of the restaurant's zone in which it opened. `dailyLimit` is the most messages a day of bot and API. Figures are exact at the moment of the
   * answer.
   */
  getUsage(parameters: GetUsageParameters = {}, options?: RequestOptions): Promise<Usage | UsagePage> {
    return this.call(operations.getUsage, parameters, undefined, options);
  }

  /**
   * What one restaurant used. The restaurant's record with the last six months of its zone, the current one first; a month without a conversation has a count of 0. Platform keys
   * only.
   */
  getRestaurantUsage(parameters: GetRestaurantUsageParameters, options?: RequestOptions): Promise<UsageWithHistory> {
    return this.call(operations.getRestaurantUsage, parameters, undefined, options);
  }

  /**
   * What the restaurant may use. Its limits, what is left of them, and when the next day and month of its zone begin. What is accepted for sending is charged, whatever becomes of it.
   * At the end of an allowance incoming messages are stored and counted as ever and people may answer; the bot is silent, for the rest of the day or in
   * the conversations opened beyond the month's limit, and what is sent with a key is refused (402). The bot's replies beyond `perMinute` wait.
   */
  getAllowances(options?: RequestOptions): Promise<Allowances> {
    return this.call(operations.getAllowances, {}, undefined, options);
  }

  /** What one restaurant may use. Platform keys only. */
  getRestaurantAllowances(parameters: GetRestaurantAllowancesParameters, options?: RequestOptions): Promise<Allowances> {
    return this.call(operations.getRestaurantAllowances, parameters, undefined, options);
  }

  /**
   * Set what one restaurant may use. All limits at once, from now on. What was used of the current day and month stays used: a limit below it refuses at once, a higher one lets through
   * at once, and its marks at 80 and 100 % are told again when they are reached. Platform keys only.
   */
  setRestaurantAllowances(parameters: SetRestaurantAllowancesParameters, body: AllowancesIn, options?: RequestOptions): Promise<Allowances> {
    return this.call(operations.setRestaurantAllowances, parameters, body, options);
  }

  /** Quarantined updates. Updates with a valid signature whose number no channel has, newest first. Platform keys only. */
  listQuarantine(parameters: ListQuarantineParameters = {}, options?: RequestOptions): Promise<QuarantinePage> {
    return this.call(operations.listQuarantine, parameters, undefined, options);
  }

  /** Meta's verification of the callback URL. Answers the challenge when the verify token is that of one of the channels. */
  verifyMetaWebhook(parameters: VerifyMetaWebhookParameters, options?: RequestOptions): Promise<string> {
    return this.call(operations.verifyMetaWebhook, parameters, undefined, options);
  }

  /**
   * Updates from Meta. Up to 1000 updates of any restaurants. 200 means that everything is stored; any other status makes Meta send it again. The body may have up to
   * 3 MiB.
   */
  receiveMetaWebhook(parameters: ReceiveMetaWebhookParameters, body: MetaWebhook, options?: RequestOptions): Promise<Stored> {
    return this.call(operations.receiveMetaWebhook, parameters, body, options);
  }
}
