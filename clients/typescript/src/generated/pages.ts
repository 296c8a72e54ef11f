// Made by generate.py from openapi.yaml; do not edit.
import { byCursor, byOffset } from "../paging.js";
import type { RequestOptions } from "../request.js";
import type { Operations, ListApiKeysParameters, ListAuditLogParameters, ListBotsParameters, ListChannelsParameters, ListConversationsParameters, ListDeadLettersParameters, ListInvitationsParameters, ListMerchantsParameters, ListMessagesParameters, ListPersonalAccessTokensParameters, ListPlatformInvitationsParameters, ListPlatformKeysParameters, ListQuarantineParameters, ListTeamParameters, ListWebhookDeliveriesParameters, ListWebhookEndpointsParameters } from "./operations.js";
import type { AuditEntry, Bot, Channel, Conversation, Credential, DeadLetter, Invitation, Member, Merchant, Message, QuarantinedUpdate, WebhookDelivery, WebhookEndpoint } from "./schemas.js";

/** Lists as loops: `for await (const bot of client.pages.listBots())`. */
export class Pages {
  constructor(private readonly client: Operations) {}

  /** The restaurant's people, all of them, page by page. */
  listTeam(parameters: Omit<ListTeamParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Member, void, undefined> {
    return byCursor((cursor) => this.client.listTeam({ ...parameters, cursor }, options));
  }

  /** Who was invited and has not come yet, all of them, page by page. */
  listInvitations(parameters: Omit<ListInvitationsParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Invitation, void, undefined> {
    return byCursor((cursor) => this.client.listInvitations({ ...parameters, cursor }, options));
  }

  /** Who was invited to run the installation, all of them, page by page. */
  listPlatformInvitations(parameters: Omit<ListPlatformInvitationsParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Invitation, void, undefined> {
    return byCursor((cursor) => this.client.listPlatformInvitations({ ...parameters, cursor }, options));
  }

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

  /** Jobs that were given up, all of them, page by page. */
  listDeadLetters(parameters: Omit<ListDeadLettersParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<DeadLetter, void, undefined> {
    return byCursor((cursor) => this.client.listDeadLetters({ ...parameters, cursor }, options));
  }

  /** The restaurant's keys, all of them, page by page. */
  listApiKeys(parameters: Omit<ListApiKeysParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Credential, void, undefined> {
    return byCursor((cursor) => this.client.listApiKeys({ ...parameters, cursor }, options));
  }

  /** The installation's keys, all of them, page by page. */
  listPlatformKeys(parameters: Omit<ListPlatformKeysParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Credential, void, undefined> {
    return byCursor((cursor) => this.client.listPlatformKeys({ ...parameters, cursor }, options));
  }

  /** One's own tokens, all of them, page by page. */
  listPersonalAccessTokens(parameters: Omit<ListPersonalAccessTokensParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<Credential, void, undefined> {
    return byCursor((cursor) => this.client.listPersonalAccessTokens({ ...parameters, cursor }, options));
  }

  /** The audit log, all of them, page by page. */
  listAuditLog(parameters: Omit<ListAuditLogParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<AuditEntry, void, undefined> {
    return byCursor((cursor) => this.client.listAuditLog({ ...parameters, cursor }, options));
  }

  /** Where the restaurant is told what happens, all of them, page by page. */
  listWebhookEndpoints(parameters: Omit<ListWebhookEndpointsParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<WebhookEndpoint, void, undefined> {
    return byCursor((cursor) => this.client.listWebhookEndpoints({ ...parameters, cursor }, options));
  }

  /** What was sent, and what came of it, all of them, page by page. */
  listWebhookDeliveries(parameters: Omit<ListWebhookDeliveriesParameters, "cursor"> = {}, options?: RequestOptions): AsyncGenerator<WebhookDelivery, void, undefined> {
    return byCursor((cursor) => this.client.listWebhookDeliveries({ ...parameters, cursor }, options));
  }
}
