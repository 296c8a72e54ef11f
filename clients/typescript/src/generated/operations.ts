// Made by generate.py from openapi.yaml; do not edit.
import type { Operation, RequestOptions } from "../request.js";
import type { AcceptedInvitation, Allowances, AllowancesIn, ApiKeyIn, AuditAction, AuditOutcome, AuditPage, Bot, BotIn, BotPage, BotWebhook, BotWebhookAccepted, Channel, ChannelIn, ChannelPage, ChannelPatch, ChannelSecretIn, Conversation, ConversationMode, ConversationPage, ConversationPatch, Credential, CredentialPage, DeadLetterFilter, DeadLetterPage, DiscardedJobs, EmptyIn, EventPage, EventPosition, EventType, Health, Invitation, InvitationAcceptanceIn, InvitationIn, InvitationOffer, InvitationPage, InvitationTokenIn, IssuedCredential, Job, KeySet, LoginIn, Me, MePatch, Member, MemberPage, MemberPatch, Merchant, MerchantCloseIn, MerchantIn, MerchantPage, MerchantPatch, MerchantStatusIn, Message, MessageIn, MessagePage, MetaWebhook, NewWebhookEndpoint, PasswordChangeIn, PasswordIn, PasswordResetConfirmationIn, PasswordResetIn, PlatformAdminPage, PlatformInvitationIn, PlatformKeyIn, Probe, QuarantinePage, Queue, QueuePage, QueueWithHistory, ReadMarkIn, RealtimeTicket, RecoveryCodes, ReplayedJobs, RollIn, RolledChannelSecret, RolledWebhookSecret, SecondFactorConfirmationIn, SecondFactorProposal, SecondFactorRemovalIn, SessionPage, SessionTokens, Stored, Usage, UsagePage, UsageWithHistory, WebhookDelivery, WebhookDeliveryPage, WebhookDeliveryState, WebhookDeliveryWithLog, WebhookEndpoint, WebhookEndpointIn, WebhookEndpointPage, WebhookEndpointPatch, WebhookReplay, WebhookReplayIn, WebhookTestIn } from "./schemas.js";

export interface EndSessionParameters {
  /** The session. */
  sessionId: string;
}

export interface ListTeamParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetMemberParameters {
  /** The person. */
  personId: string;
}

export interface RemoveMemberParameters {
  /** The person. */
  personId: string;
}

export interface UpdateMemberParameters {
  /** The person. */
  personId: string;
}

export interface ListInvitationsParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetInvitationParameters {
  /** The invitation. */
  invitationId: string;
}

export interface RevokeInvitationParameters {
  /** The invitation. */
  invitationId: string;
}

export interface RemovePlatformAdminParameters {
  /** The person. */
  personId: string;
}

export interface ListPlatformInvitationsParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetPlatformInvitationParameters {
  /** The invitation. */
  invitationId: string;
}

export interface RevokePlatformInvitationParameters {
  /** The invitation. */
  invitationId: string;
}

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

export interface UpdateMerchantParameters {
  /** The restaurant. */
  merchantId: string;
}

export interface SuspendMerchantParameters {
  /** The restaurant. */
  merchantId: string;
}

export interface ReactivateMerchantParameters {
  /** The restaurant. */
  merchantId: string;
}

export interface CloseMerchantParameters {
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

export interface RollChannelSecretParameters {
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

export interface ListEventsParameters {
  /** A `position`, `nextPosition` or the `id` of a stream; opaque. */
  after?: EventPosition;
  /** Only these types, separated by commas. */
  types?: EventType[];
  /** How many to answer; above 100 is clamped. */
  limit?: number;
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

export interface GetQueueParameters {
  /** The queue. */
  queue: string;
}

export interface PauseQueueParameters {
  /** The queue. */
  queue: string;
}

export interface ResumeQueueParameters {
  /** The queue. */
  queue: string;
}

export interface ListDeadLettersParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
  /** Those of one queue. */
  queue?: string;
  /** Those of one kind. */
  kind?: string;
  /** Those of one restaurant. */
  merchantId?: string;
  /** Given up at this moment or later. */
  from?: string;
  /** Given up before this moment. */
  to?: string;
}

export interface DiscardDeadLetterParameters {
  /** The job's number; jobs are counted, they have no UUID. */
  jobId: number;
}

export interface ReplayDeadLetterParameters {
  /** The job's number; jobs are counted, they have no UUID. */
  jobId: number;
}

export interface GetJobParameters {
  /** The job's number; jobs are counted, they have no UUID. */
  jobId: number;
}

export interface ListApiKeysParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetApiKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface RevokeApiKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface RollApiKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface ListPlatformKeysParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetPlatformKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface RevokePlatformKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface RollPlatformKeyParameters {
  /** The key; its id, not the token. */
  keyId: string;
}

export interface ListPersonalAccessTokensParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetPersonalAccessTokenParameters {
  /** The token's id, not the token itself. */
  tokenId: string;
}

export interface RevokePersonalAccessTokenParameters {
  /** The token's id, not the token itself. */
  tokenId: string;
}

export interface RollPersonalAccessTokenParameters {
  /** The token's id, not the token itself. */
  tokenId: string;
}

export interface ListAuditLogParameters {
  /** Only entries of this action. */
  action?: AuditAction;
  /** Only what was done, or only what was refused. */
  outcome?: AuditOutcome;
  /** Only what this person, key, token or session did; its id. */
  actor?: string;
  /** Only entries of this moment and later. */
  from?: string;
  /** Only entries before this moment. */
  to?: string;
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface ListWebhookEndpointsParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
}

export interface GetWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface DeleteWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface UpdateWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface PauseWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface ResumeWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface RollWebhookSecretParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface TestWebhookEndpointParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface ReplayWebhookDeliveriesParameters {
  /** The endpoint. */
  webhookEndpointId: string;
}

export interface ListWebhookDeliveriesParameters {
  /** How many to answer; above 100 is clamped. */
  limit?: number;
  /** The `nextCursor` of the page before, with the same filters. */
  cursor?: string;
  /** Those to one endpoint. */
  endpointId?: string;
  /** Those of one event. */
  eventId?: string;
  /** Those in a state. */
  state?: WebhookDeliveryState;
  /** Those of a type of events. */
  type?: string;
  /** Not before this moment. */
  from?: string;
  /** Before this moment. */
  to?: string;
}

export interface GetWebhookDeliveryParameters {
  /** The delivery. */
  webhookDeliveryId: string;
}

export interface ReplayWebhookDeliveryParameters {
  /** The delivery. */
  webhookDeliveryId: string;
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

export interface ReceiveBotWebhookParameters {
  /** The bot's channel. */
  channel: string;
  /** The HMAC-SHA256 of the raw body and the digits of `X-Timestamp`, with the channel's secret, in hexadecimal. */
  "X-Webhook-Signature": string;
  /** Milliseconds since 1970-01-01T00:00:00Z, at most five minutes old and at most 30 seconds ahead. */
  "X-Timestamp": string;
}

/** What the client has to know of each operation to call it. */
export const operations = {
  getLiveness: { id: "getLiveness", method: "GET", path: "/livez", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  getReadiness: { id: "getReadiness", method: "GET", path: "/readyz", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  getHealth: { id: "getHealth", method: "GET", path: "/api/v1/health", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  getKeySet: { id: "getKeySet", method: "GET", path: "/.well-known/jwks.json", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  logIn: { id: "logIn", method: "POST", path: "/api/v1/auth/login", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  refreshSession: { id: "refreshSession", method: "POST", path: "/api/v1/auth/refresh", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  logOut: { id: "logOut", method: "POST", path: "/api/v1/auth/logout", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  requestPasswordReset: { id: "requestPasswordReset", method: "POST", path: "/api/v1/auth/password-reset", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  confirmPasswordReset: { id: "confirmPasswordReset", method: "POST", path: "/api/v1/auth/password-reset/confirm", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  listSessions: { id: "listSessions", method: "GET", path: "/api/v1/auth/sessions", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  endOtherSessions: { id: "endOtherSessions", method: "DELETE", path: "/api/v1/auth/sessions", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  endSession: { id: "endSession", method: "DELETE", path: "/api/v1/auth/sessions/{sessionId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getMe: { id: "getMe", method: "GET", path: "/api/v1/me", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  updateMe: { id: "updateMe", method: "PATCH", path: "/api/v1/me", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  changePassword: { id: "changePassword", method: "POST", path: "/api/v1/me/password", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  proposeSecondFactor: { id: "proposeSecondFactor", method: "POST", path: "/api/v1/me/second-factor", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  confirmSecondFactor: { id: "confirmSecondFactor", method: "POST", path: "/api/v1/me/second-factor/confirm", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  removeSecondFactor: { id: "removeSecondFactor", method: "POST", path: "/api/v1/me/second-factor/remove", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listTeam: { id: "listTeam", method: "GET", path: "/api/v1/team", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getMember: { id: "getMember", method: "GET", path: "/api/v1/team/{personId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  removeMember: { id: "removeMember", method: "DELETE", path: "/api/v1/team/{personId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateMember: { id: "updateMember", method: "PATCH", path: "/api/v1/team/{personId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listInvitations: { id: "listInvitations", method: "GET", path: "/api/v1/team/invitations", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createInvitation: { id: "createInvitation", method: "POST", path: "/api/v1/team/invitations", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: true },
  getInvitation: { id: "getInvitation", method: "GET", path: "/api/v1/team/invitations/{invitationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  revokeInvitation: { id: "revokeInvitation", method: "DELETE", path: "/api/v1/team/invitations/{invitationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  inspectInvitation: { id: "inspectInvitation", method: "POST", path: "/api/v1/invitations/inspect", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  acceptInvitation: { id: "acceptInvitation", method: "POST", path: "/api/v1/invitations/accept", query: [], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  listPlatformAdmins: { id: "listPlatformAdmins", method: "GET", path: "/api/v1/platform-admins", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  removePlatformAdmin: { id: "removePlatformAdmin", method: "DELETE", path: "/api/v1/platform-admins/{personId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listPlatformInvitations: { id: "listPlatformInvitations", method: "GET", path: "/api/v1/platform-admins/invitations", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  createPlatformInvitation: { id: "createPlatformInvitation", method: "POST", path: "/api/v1/platform-admins/invitations", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  getPlatformInvitation: { id: "getPlatformInvitation", method: "GET", path: "/api/v1/platform-admins/invitations/{invitationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  revokePlatformInvitation: { id: "revokePlatformInvitation", method: "DELETE", path: "/api/v1/platform-admins/invitations/{invitationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listMerchants: { id: "listMerchants", method: "GET", path: "/api/v1/merchants", query: ["limit", "offset"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  createMerchant: { id: "createMerchant", method: "POST", path: "/api/v1/merchants", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  getMerchant: { id: "getMerchant", method: "GET", path: "/api/v1/merchants/{merchantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  updateMerchant: { id: "updateMerchant", method: "PATCH", path: "/api/v1/merchants/{merchantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  suspendMerchant: { id: "suspendMerchant", method: "POST", path: "/api/v1/merchants/{merchantId}/suspend", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  reactivateMerchant: { id: "reactivateMerchant", method: "POST", path: "/api/v1/merchants/{merchantId}/reactivate", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  closeMerchant: { id: "closeMerchant", method: "POST", path: "/api/v1/merchants/{merchantId}/close", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getCurrentMerchant: { id: "getCurrentMerchant", method: "GET", path: "/api/v1/merchants/current", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateCurrentMerchant: { id: "updateCurrentMerchant", method: "PATCH", path: "/api/v1/merchants/current", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listBots: { id: "listBots", method: "GET", path: "/api/v1/bots", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createBot: { id: "createBot", method: "POST", path: "/api/v1/bots", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: true },
  getBot: { id: "getBot", method: "GET", path: "/api/v1/bots/{botId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listChannels: { id: "listChannels", method: "GET", path: "/api/v1/bots/{botId}/channels", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createChannel: { id: "createChannel", method: "POST", path: "/api/v1/bots/{botId}/channels", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: true },
  getChannel: { id: "getChannel", method: "GET", path: "/api/v1/bots/{botId}/channels/{channelId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateChannel: { id: "updateChannel", method: "PATCH", path: "/api/v1/bots/{botId}/channels/{channelId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  rollChannelSecret: { id: "rollChannelSecret", method: "POST", path: "/api/v1/bots/{botId}/channels/{channelId}/roll-webhook-secret", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listConversations: { id: "listConversations", method: "GET", path: "/api/v1/conversations", query: ["mode", "unread", "channel", "assignee", "q", "limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getConversation: { id: "getConversation", method: "GET", path: "/api/v1/conversations/{conversationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateConversation: { id: "updateConversation", method: "PATCH", path: "/api/v1/conversations/{conversationId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  markConversationRead: { id: "markConversationRead", method: "POST", path: "/api/v1/conversations/{conversationId}/read", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listMessages: { id: "listMessages", method: "GET", path: "/api/v1/conversations/{conversationId}/messages", query: ["since", "limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  sendMessage: { id: "sendMessage", method: "POST", path: "/api/v1/conversations/{conversationId}/messages", query: [], headers: [], idempotency: "required", secured: true, takesRestaurant: true },
  getMessage: { id: "getMessage", method: "GET", path: "/api/v1/conversations/{conversationId}/messages/{messageId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  resendMessage: { id: "resendMessage", method: "POST", path: "/api/v1/conversations/{conversationId}/messages/{messageId}/resend", query: [], headers: [], idempotency: "required", secured: true, takesRestaurant: true },
  listEvents: { id: "listEvents", method: "GET", path: "/api/v1/events", query: ["after", "types", "limit"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createRealtimeTicket: { id: "createRealtimeTicket", method: "POST", path: "/api/v1/realtime/tickets", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getUsage: { id: "getUsage", method: "GET", path: "/api/v1/usage", query: ["limit", "offset"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getRestaurantUsage: { id: "getRestaurantUsage", method: "GET", path: "/api/v1/usage/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getAllowances: { id: "getAllowances", method: "GET", path: "/api/v1/allowances", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getRestaurantAllowances: { id: "getRestaurantAllowances", method: "GET", path: "/api/v1/allowances/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  setRestaurantAllowances: { id: "setRestaurantAllowances", method: "PUT", path: "/api/v1/allowances/{restaurantId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listQuarantine: { id: "listQuarantine", method: "GET", path: "/api/v1/quarantine", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listQueues: { id: "listQueues", method: "GET", path: "/api/v1/jobs/queues", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getQueue: { id: "getQueue", method: "GET", path: "/api/v1/jobs/queues/{queue}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  pauseQueue: { id: "pauseQueue", method: "POST", path: "/api/v1/jobs/queues/{queue}/pause", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  resumeQueue: { id: "resumeQueue", method: "POST", path: "/api/v1/jobs/queues/{queue}/resume", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listDeadLetters: { id: "listDeadLetters", method: "GET", path: "/api/v1/jobs/dead-letters", query: ["limit", "cursor", "queue", "kind", "merchantId", "from", "to"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  replayDeadLetters: { id: "replayDeadLetters", method: "POST", path: "/api/v1/jobs/dead-letters/replay", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  discardDeadLetters: { id: "discardDeadLetters", method: "POST", path: "/api/v1/jobs/dead-letters/discard", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  discardDeadLetter: { id: "discardDeadLetter", method: "DELETE", path: "/api/v1/jobs/dead-letters/{jobId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  replayDeadLetter: { id: "replayDeadLetter", method: "POST", path: "/api/v1/jobs/dead-letters/{jobId}/replay", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  getJob: { id: "getJob", method: "GET", path: "/api/v1/jobs/{jobId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  listApiKeys: { id: "listApiKeys", method: "GET", path: "/api/v1/api-keys", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createApiKey: { id: "createApiKey", method: "POST", path: "/api/v1/api-keys", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: true },
  getApiKey: { id: "getApiKey", method: "GET", path: "/api/v1/api-keys/{keyId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  revokeApiKey: { id: "revokeApiKey", method: "DELETE", path: "/api/v1/api-keys/{keyId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  rollApiKey: { id: "rollApiKey", method: "POST", path: "/api/v1/api-keys/{keyId}/roll", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: true },
  listPlatformKeys: { id: "listPlatformKeys", method: "GET", path: "/api/v1/platform-keys", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  createPlatformKey: { id: "createPlatformKey", method: "POST", path: "/api/v1/platform-keys", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  getPlatformKey: { id: "getPlatformKey", method: "GET", path: "/api/v1/platform-keys/{keyId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  revokePlatformKey: { id: "revokePlatformKey", method: "DELETE", path: "/api/v1/platform-keys/{keyId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  rollPlatformKey: { id: "rollPlatformKey", method: "POST", path: "/api/v1/platform-keys/{keyId}/roll", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  listPersonalAccessTokens: { id: "listPersonalAccessTokens", method: "GET", path: "/api/v1/personal-access-tokens", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  createPersonalAccessToken: { id: "createPersonalAccessToken", method: "POST", path: "/api/v1/personal-access-tokens", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  getPersonalAccessToken: { id: "getPersonalAccessToken", method: "GET", path: "/api/v1/personal-access-tokens/{tokenId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  revokePersonalAccessToken: { id: "revokePersonalAccessToken", method: "DELETE", path: "/api/v1/personal-access-tokens/{tokenId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: false },
  rollPersonalAccessToken: { id: "rollPersonalAccessToken", method: "POST", path: "/api/v1/personal-access-tokens/{tokenId}/roll", query: [], headers: [], idempotency: "optional", secured: true, takesRestaurant: false },
  listAuditLog: { id: "listAuditLog", method: "GET", path: "/api/v1/audit-log", query: ["action", "outcome", "actor", "from", "to", "limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listWebhookEndpoints: { id: "listWebhookEndpoints", method: "GET", path: "/api/v1/webhook-endpoints", query: ["limit", "cursor"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  createWebhookEndpoint: { id: "createWebhookEndpoint", method: "POST", path: "/api/v1/webhook-endpoints", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getWebhookEndpoint: { id: "getWebhookEndpoint", method: "GET", path: "/api/v1/webhook-endpoints/{webhookEndpointId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  deleteWebhookEndpoint: { id: "deleteWebhookEndpoint", method: "DELETE", path: "/api/v1/webhook-endpoints/{webhookEndpointId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  updateWebhookEndpoint: { id: "updateWebhookEndpoint", method: "PATCH", path: "/api/v1/webhook-endpoints/{webhookEndpointId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  pauseWebhookEndpoint: { id: "pauseWebhookEndpoint", method: "POST", path: "/api/v1/webhook-endpoints/{webhookEndpointId}/pause", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  resumeWebhookEndpoint: { id: "resumeWebhookEndpoint", method: "POST", path: "/api/v1/webhook-endpoints/{webhookEndpointId}/resume", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  rollWebhookSecret: { id: "rollWebhookSecret", method: "POST", path: "/api/v1/webhook-endpoints/{webhookEndpointId}/roll-secret", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  testWebhookEndpoint: { id: "testWebhookEndpoint", method: "POST", path: "/api/v1/webhook-endpoints/{webhookEndpointId}/test", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  replayWebhookDeliveries: { id: "replayWebhookDeliveries", method: "POST", path: "/api/v1/webhook-endpoints/{webhookEndpointId}/replay", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  listWebhookDeliveries: { id: "listWebhookDeliveries", method: "GET", path: "/api/v1/webhook-deliveries", query: ["limit", "cursor", "endpointId", "eventId", "state", "type", "from", "to"], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  getWebhookDelivery: { id: "getWebhookDelivery", method: "GET", path: "/api/v1/webhook-deliveries/{webhookDeliveryId}", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  replayWebhookDelivery: { id: "replayWebhookDelivery", method: "POST", path: "/api/v1/webhook-deliveries/{webhookDeliveryId}/replay", query: [], headers: [], idempotency: "none", secured: true, takesRestaurant: true },
  verifyMetaWebhook: { id: "verifyMetaWebhook", method: "GET", path: "/webhooks/meta", query: ["hub.mode", "hub.challenge", "hub.verify_token"], headers: [], idempotency: "none", secured: false, takesRestaurant: false },
  receiveMetaWebhook: { id: "receiveMetaWebhook", method: "POST", path: "/webhooks/meta", query: [], headers: ["X-Hub-Signature-256"], idempotency: "none", secured: false, takesRestaurant: false },
  receiveBotWebhook: { id: "receiveBotWebhook", method: "POST", path: "/webhooks/bot", query: ["channel"], headers: ["X-Webhook-Signature", "X-Timestamp"], idempotency: "none", secured: false, takesRestaurant: false },
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

  /**
   * The public keys of access tokens. A JWK Set (RFC 7517, RFC 8037) for services that verify access tokens by themselves: `alg` is always `EdDSA`, `kid` names the key, `iss` is the
   * installation's own address and `aud` is `maitre-api`. A signature says who and which session, not whether the session still lives or what the
   * person may do; only this API knows that. A new key stands here a minute before it signs.
   */
  getKeySet(options?: RequestOptions): Promise<KeySet> {
    return this.call(operations.getKeySet, {}, undefined, options);
  }

  /**
   * Log in. Starts a session: the access token is in the answer, the refresh token in a cookie that no page can read. With a second factor, `totp` or
   * `recoveryCode` comes in the same request as the password; without either the answer to the right password is 401 `second_factor_required`, and
   * the client asks for the code and sends everything again. A code counts once.
   *
   * An unknown address and a wrong password get the same 401 `login_failed`, in the same time. After ten passwords in a quarter of an hour the answer
   * is 429; browsers in which the person has logged in before (the cookie `__Host-maitre_device`) are counted apart from all others, so that nobody
   * locks the person out. Second factors have six tries. Too many logins at once are 503.
   */
  logIn(body: LoginIn, options?: RequestOptions): Promise<SessionTokens> {
    return this.call(operations.logIn, {}, body, options);
  }

  /**
   * The next access token. Uses the refresh token of the cookie up and sets its successor; there is no body. Within ten seconds the same device gets the same successor
   * again, so that a lost answer or two tabs at once harm nothing. Any other repetition means that the token was stolen: the session ends, for both.
   * A session lasts 30 days from login and 7 days without a refresh. After 401 the cookie is gone and the person logs in again.
   */
  refreshSession(options?: RequestOptions): Promise<SessionTokens> {
    return this.call(operations.refreshSession, {}, undefined, options);
  }

  /**
   * Log out. Ends the cookie's session, its access tokens within a second, and clears the cookie. There is no body. Without a cookie, or with one of a session
   * that is over, nothing is left to end and the answer is the same.
   */
  logOut(options?: RequestOptions): Promise<void> {
    return this.call(operations.logOut, {}, undefined, options);
  }

  /**
   * Ask for a new password. Sends a link that is good once and for an hour to whoever has the address. The answer is the same when nobody has. An address gets at most three
   * e-mails an hour; beyond that, and beyond twenty asked for from one network, it is 429.
   */
  requestPasswordReset(body: PasswordResetIn, options?: RequestOptions): Promise<void> {
    return this.call(operations.requestPasswordReset, {}, body, options);
  }

  /**
   * Set a new password by a link. Ends every session of the person, revokes every personal access token, and uses up every link that was sent. The browser is known from now on, so
   * that the login that follows is not counted among those of strangers; a second factor is asked there as ever. A link that is wrong, used or too old
   * is 422 `link_invalid`; a password that cannot be one leaves the link as it is.
   */
  confirmPasswordReset(body: PasswordResetConfirmationIn, options?: RequestOptions): Promise<void> {
    return this.call(operations.confirmPasswordReset, {}, body, options);
  }

  /** Where one is logged in. One's own live sessions, newest first, at most 100 and all at once. For sessions only; a token is 403. */
  listSessions(options?: RequestOptions): Promise<SessionPage> {
    return this.call(operations.listSessions, {}, undefined, options);
  }

  /** Log out everywhere else. Ends every session of one's own but the one that asks. For sessions only; a token is 403. */
  endOtherSessions(options?: RequestOptions): Promise<void> {
    return this.call(operations.endOtherSessions, {}, undefined, options);
  }

  /**
   * End one session. Its access tokens count no more within a second. Somebody else's session is absent. The session that asks may be the one; the cookie then stays
   * and is of no use, which is why there is `logOut`. For sessions only; a token is 403.
   */
  endSession(parameters: EndSessionParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.endSession, parameters, undefined, options);
  }

  /** Who one is. The person of the credential, with the restaurants that it belongs to. Any token of a person may ask; a key is nobody and gets 403. */
  getMe(options?: RequestOptions): Promise<Me> {
    return this.call(operations.getMe, {}, undefined, options);
  }

  /** Change one's name or language. What is not named stays. For sessions only; a token is 403. */
  updateMe(body: MePatch, options?: RequestOptions): Promise<Me> {
    return this.call(operations.updateMe, {}, body, options);
  }

  /**
   * Change one's password. By the present one; a wrong one is an error of the field (422) and, after ten in a quarter of an hour, 429. Every other session ends;
   * personal access tokens stay as they are. For sessions only; a token is 403.
   */
  changePassword(body: PasswordChangeIn, options?: RequestOptions): Promise<void> {
    return this.call(operations.changePassword, {}, body, options);
  }

  /**
   * Begin with a second factor. Makes a secret for an authenticator application, by the password; a wrong one is an error of the field (422). The secret counts once
   * `confirmSecondFactor` has seen a code of it, and asking again replaces it until then; 409 when a second factor is set already. For sessions only; a
   * token is 403.
   */
  proposeSecondFactor(body: PasswordIn, options?: RequestOptions): Promise<SecondFactorProposal> {
    return this.call(operations.proposeSecondFactor, {}, body, options);
  }

  /**
   * Turn the second factor on. By a code of the proposed secret; a wrong one is an error of the field (422) and, after six in a quarter of an hour, 429. 409 when nothing is
   * proposed or a second factor is set already. Every other session ends. For sessions only; a token is 403.
   */
  confirmSecondFactor(body: SecondFactorConfirmationIn, options?: RequestOptions): Promise<RecoveryCodes> {
    return this.call(operations.confirmSecondFactor, {}, body, options);
  }

  /**
   * Turn the second factor off. By the password and one more code, which is used up. A wrong password is an error of the field (422), a wrong code 401 `second_factor_failed`;
   * both have limits (429). 409 when none is set. The recovery codes go with it, and every other session ends. For sessions only; a token is 403.
   */
  removeSecondFactor(body: SecondFactorRemovalIn, options?: RequestOptions): Promise<void> {
    return this.call(operations.removeSecondFactor, {}, body, options);
  }

  /** The restaurant's people. In the order of their ids. Agents see the e-mail address of nobody but themselves. */
  listTeam(parameters: ListTeamParameters = {}, options?: RequestOptions): Promise<MemberPage> {
    return this.call(operations.listTeam, parameters, undefined, options);
  }

  /** One of the restaurant's people. Agents see the e-mail address of nobody but themselves. There is no `ETag`: half of it is the person's own and changes elsewhere. */
  getMember(parameters: GetMemberParameters, options?: RequestOptions): Promise<Member> {
    return this.call(operations.getMember, parameters, undefined, options);
  }

  /**
   * Take somebody out of the restaurant. The person is out within a second and keeps what it has elsewhere. Everybody may leave, whatever the role, by their own id; somebody else is taken
   * out by an owner. A restaurant keeps at least one owner (409 `last_owner`).
   */
  removeMember(parameters: RemoveMemberParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.removeMember, parameters, undefined, options);
  }

  /**
   * Change somebody's role. Counts within a second, for everything that the person is logged in with. Nobody changes their own role (403), and a restaurant keeps at least one
   * owner (409 `last_owner`).
   */
  updateMember(parameters: UpdateMemberParameters, body: MemberPatch, options?: RequestOptions): Promise<Member> {
    return this.call(operations.updateMember, parameters, body, options);
  }

  /** Who was invited and has not come yet. In the order they were made. An invitation that was accepted, withdrawn or is too old is not listed. */
  listInvitations(parameters: ListInvitationsParameters = {}, options?: RequestOptions): Promise<InvitationPage> {
    return this.call(operations.listInvitations, parameters, undefined, options);
  }

  /**
   * Invite somebody. Sends a link to the address that is good once and for 72 hours; where the installation sends no e-mail the answer shows the link, this once. An
   * invitation that the address has already is replaced: only the last link counts. 409 `already_member` for somebody who belongs to the restaurant;
   * 429 beyond ten invitations of one address or a hundred of one restaurant in an hour.
   */
  createInvitation(body: InvitationIn, options?: RequestOptions): Promise<Invitation> {
    return this.call(operations.createInvitation, {}, body, options);
  }

  /** One invitation. Without its link, which nobody is shown again. One that was accepted, withdrawn or is too old is absent. */
  getInvitation(parameters: GetInvitationParameters, options?: RequestOptions): Promise<Invitation> {
    return this.call(operations.getInvitation, parameters, undefined, options);
  }

  /** Withdraw an invitation. Its link is no longer good. */
  revokeInvitation(parameters: RevokeInvitationParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.revokeInvitation, parameters, undefined, options);
  }

  /**
   * What an invitation's link offers. For the page that the link opens. It is a POST so that the token stands in no log, and changes nothing. A link that is wrong, used, withdrawn or
   * too old is 422 `link_invalid`; 100 links and logins in a quarter of an hour are the most from one network (429).
   */
  inspectInvitation(body: InvitationTokenIn, options?: RequestOptions): Promise<InvitationOffer> {
    return this.call(operations.inspectInvitation, {}, body, options);
  }

  /**
   * Accept an invitation. Somebody new says a name and chooses a password; whoever has an account (`hasPassword` of the offer) proves it with the present password, and a
   * wrong one is 401 `login_failed`. Nobody is logged in by it: log in next. Whoever belongs to the restaurant already keeps the role that it has. A
   * link that is wrong, used, withdrawn or too old is 422 `link_invalid`; wrong passwords count as they do at login (429).
   */
  acceptInvitation(body: InvitationAcceptanceIn, options?: RequestOptions): Promise<AcceptedInvitation> {
    return this.call(operations.acceptInvitation, {}, body, options);
  }

  /** Who runs the installation. In the order of their ids, at most 1000 and all at once. Platform keys and administrators only. */
  listPlatformAdmins(options?: RequestOptions): Promise<PlatformAdminPage> {
    return this.call(operations.listPlatformAdmins, {}, undefined, options);
  }

  /**
   * Take the administration from somebody. Counts within a second. The person keeps its account and its restaurants. Nobody takes the administration from oneself (403). Platform keys and
   * administrators only.
   */
  removePlatformAdmin(parameters: RemovePlatformAdminParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.removePlatformAdmin, parameters, undefined, options);
  }

  /** Who was invited to run the installation. In the order they were made. An invitation that was accepted, withdrawn or is too old is not listed. Platform keys and administrators only. */
  listPlatformInvitations(parameters: ListPlatformInvitationsParameters = {}, options?: RequestOptions): Promise<InvitationPage> {
    return this.call(operations.listPlatformInvitations, parameters, undefined, options);
  }

  /**
   * Invite somebody to run the installation. Sends a link to the address that is good once and for 72 hours; where the installation sends no e-mail the answer shows the link, this once. An
   * invitation that the address has already is replaced: only the last link counts. 409 `already_member` for an administrator; 429 beyond ten
   * invitations of one address in an hour. Platform keys and administrators only.
   */
  createPlatformInvitation(body: PlatformInvitationIn, options?: RequestOptions): Promise<Invitation> {
    return this.call(operations.createPlatformInvitation, {}, body, options);
  }

  /**
   * One invitation. Without its link, which nobody is shown again. One that was accepted, withdrawn or is too old is absent, and so is a restaurant's. Platform keys
   * and administrators only.
   */
  getPlatformInvitation(parameters: GetPlatformInvitationParameters, options?: RequestOptions): Promise<Invitation> {
    return this.call(operations.getPlatformInvitation, parameters, undefined, options);
  }

  /** Withdraw an invitation. Its link is no longer good. Platform keys and administrators only. */
  revokePlatformInvitation(parameters: RevokePlatformInvitationParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.revokePlatformInvitation, parameters, undefined, options);
  }

  /** All restaurants. In the order they were made, with the total. Platform keys and administrators only. */
  listMerchants(parameters: ListMerchantsParameters = {}, options?: RequestOptions): Promise<MerchantPage> {
    return this.call(operations.listMerchants, parameters, undefined, options);
  }

  /** Make a restaurant. Makes the restaurant and the key that its secrets are sealed with. Platform keys and administrators only. */
  createMerchant(body: MerchantIn, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.createMerchant, {}, body, options);
  }

  /** One restaurant. Platform keys and administrators only. */
  getMerchant(parameters: GetMerchantParameters, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.getMerchant, parameters, undefined, options);
  }

  /** Change a restaurant. Platform keys only. With `If-Match` only the version that was seen. */
  updateMerchant(parameters: UpdateMerchantParameters, body: MerchantPatch, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.updateMerchant, parameters, body, options);
  }

  /**
   * Suspend a restaurant. From within a second on every node: what comes in is stored and nothing is sent, the bot is silent, messages that wait become `failed` with the code
   * `merchant_suspended` when their turn comes, and people, tokens and keys of the restaurant get 403 `merchant_suspended`. A platform key may still read and act.
   * Once more changes nothing. Platform keys only.
   */
  suspendMerchant(parameters: SuspendMerchantParameters, body?: MerchantStatusIn, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.suspendMerchant, parameters, body, options);
  }

  /** Reactivate a restaurant. From suspended, or from closed until `closesAt`; 409 after that. Messages that failed meanwhile may be sent again by hand. Platform keys only. */
  reactivateMerchant(parameters: ReactivateMerchantParameters, body?: EmptyIn, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.reactivateMerchant, parameters, body, options);
  }

  /**
   * Close a restaurant. As suspended, with the code `merchant_closed`, for the days of grace. When they are over its keys are unknown (401), its people no longer have it, its numbers are
   * routed nowhere, and it cannot be reactivated; what it wrote stays. Once more moves the end. Platform keys only.
   */
  closeMerchant(parameters: CloseMerchantParameters, body?: MerchantCloseIn, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.closeMerchant, parameters, body, options);
  }

  /** The restaurant of the request, with its settings. The one that `X-Restaurant-Id` names, or a merchant key's own. */
  getCurrentMerchant(options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.getCurrentMerchant, {}, undefined, options);
  }

  /** Change the settings of the restaurant. Owners and managers, and keys with the scope. With `If-Match` only the version that was seen. */
  updateCurrentMerchant(body: MerchantPatch, options?: RequestOptions): Promise<Merchant> {
    return this.call(operations.updateCurrentMerchant, {}, body, options);
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
   *
   * With `provider: outside` it is the channel of a bot that runs elsewhere: it is `stopped` until the bot says `bot_connected` at `/webhooks/bot`, and
   * nothing can be sent on it by us.
   */
  createChannel(parameters: CreateChannelParameters, body: ChannelIn, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.createChannel, parameters, body, options);
  }

  /** One channel. Everything but its secrets; of those only whether they are there. */
  getChannel(parameters: GetChannelParameters, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.getChannel, parameters, undefined, options);
  }

  /**
   * Change a channel. Replaces secrets, stops a channel or starts it again, or changes its pace. What is not named stays. The channel of a bot that runs elsewhere has none of
   * this and answers 409: its secret is replaced by `rollChannelSecret`, and whether it works is for the bot to say.
   */
  updateChannel(parameters: UpdateChannelParameters, body: ChannelPatch, options?: RequestOptions): Promise<Channel> {
    return this.call(operations.updateChannel, parameters, body, options);
  }

  /**
   * Replace the secret of a bot that runs elsewhere. Webhooks that are signed with the one before it are taken until the overlap is over; with `overlapSeconds: 0` no longer than a second. 404 for a channel
   * of another provider.
   */
  rollChannelSecret(parameters: RollChannelSecretParameters, body: ChannelSecretIn, options?: RequestOptions): Promise<RolledChannelSecret> {
    return this.call(operations.rollChannelSecret, parameters, body, options);
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
   * Events after a position. For programs that ask from time to time. Without `after` these are the last events; with it those that came after that position, oldest first.
   * `nextPosition` is the `after` of the next request, also when there was nothing new. Events are kept for some days: a position before what is kept,
   * or of another installation, is 410 `position_gone`, and then everything has to be read anew.
   *
   * With `types` a page looks at 10,000 events at most, so that it may have few or none although `hasMore` is true: go on with `nextPosition`.
   */
  listEvents(parameters: ListEventsParameters = {}, options?: RequestOptions): Promise<EventPage> {
    return this.call(operations.listEvents, parameters, undefined, options);
  }

  /**
   * Make a ticket. For a browser, which cannot send header fields with a WebSocket. The ticket opens one socket within half a minute, for the credential,
   * restaurant and origin of this request; the socket ends when that credential does.
   */
  createRealtimeTicket(options?: RequestOptions): Promise<RealtimeTicket> {
    return this.call(operations.createRealtimeTicket, {}, undefined, options);
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

  /** Quarantined updates. Updates with a valid signature whose number no channel has, newest first. Platform keys and administrators only. */
  listQuarantine(parameters: ListQuarantineParameters = {}, options?: RequestOptions): Promise<QuarantinePage> {
    return this.call(operations.listQuarantine, parameters, undefined, options);
  }

  /**
   * The queues. All of them by name, on one page: how full each is, how long its oldest job has waited, and what ended in the last minute. Jobs are counted every two
   * seconds, less often when there are very many; `measuredAt` says when. Platform keys and administrators only.
   */
  listQueues(options?: RequestOptions): Promise<QueuePage> {
    return this.call(operations.listQueues, {}, undefined, options);
  }

  /** One queue. With what ended in each of the last sixty minutes. Platform keys and administrators only. */
  getQueue(parameters: GetQueueParameters, options?: RequestOptions): Promise<QueueWithHistory> {
    return this.call(operations.getQueue, parameters, undefined, options);
  }

  /** Pause a queue. From now on no node takes a job of it. What runs ends, what comes waits. A paused queue stays as it is. Platform keys and administrators only. */
  pauseQueue(parameters: PauseQueueParameters, options?: RequestOptions): Promise<Queue> {
    return this.call(operations.pauseQueue, parameters, undefined, options);
  }

  /** Resume a queue. Its jobs are taken again, within a second on every node. One that is not paused stays as it is. Platform keys and administrators only. */
  resumeQueue(parameters: ResumeQueueParameters, options?: RequestOptions): Promise<Queue> {
    return this.call(operations.resumeQueue, parameters, undefined, options);
  }

  /** Jobs that were given up. With the reason, newest first, of the last 90 days. Platform keys and administrators only. */
  listDeadLetters(parameters: ListDeadLettersParameters = {}, options?: RequestOptions): Promise<DeadLetterPage> {
    return this.call(operations.listDeadLetters, parameters, undefined, options);
  }

  /**
   * Run those again that a filter finds. The oldest first, at most 1000 at once: where `hasMore` is true, ask again. Each goes back into its lane with all its attempts, under a new id.
   * Platform keys and administrators only.
   */
  replayDeadLetters(body: DeadLetterFilter, options?: RequestOptions): Promise<ReplayedJobs> {
    return this.call(operations.replayDeadLetters, {}, body, options);
  }

  /** Throw those away that a filter finds. The oldest first, at most 1000 at once: where `hasMore` is true, ask again. They are gone for good. Platform keys and administrators only. */
  discardDeadLetters(body: DeadLetterFilter, options?: RequestOptions): Promise<DiscardedJobs> {
    return this.call(operations.discardDeadLetters, {}, body, options);
  }

  /** Throw one away. It is gone for good. Platform keys and administrators only. */
  discardDeadLetter(parameters: DiscardDeadLetterParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.discardDeadLetter, parameters, undefined, options);
  }

  /** Run one again. It goes back into its lane with all its attempts, behind what waits there. Platform keys and administrators only. */
  replayDeadLetter(parameters: ReplayDeadLetterParameters, options?: RequestOptions): Promise<Job> {
    return this.call(operations.replayDeadLetter, parameters, undefined, options);
  }

  /**
   * The state of one job. The `jobId` of a line in the log. Of one that has ended, its outcome is known for eight days. One that was delayed or replayed goes on under another
   * id. Platform keys and administrators only.
   */
  getJob(parameters: GetJobParameters, options?: RequestOptions): Promise<Job> {
    return this.call(operations.getJob, parameters, undefined, options);
  }

  /** The restaurant's keys. Newest first, those that ended included. For owners, and credentials with the scope. */
  listApiKeys(parameters: ListApiKeysParameters = {}, options?: RequestOptions): Promise<CredentialPage> {
    return this.call(operations.listApiKeys, parameters, undefined, options);
  }

  /**
   * Make a key. The token is in this answer and in no other: its SHA-256 is what is stored. It cannot have scopes that the credential of this request lacks (403, which
   * names them), nor last longer than that one; without `expiresAt` it lasts as long. With an `Idempotency-Key` the answer is kept sealed for a day: whoever
   * lost it sends the same again with the same credential. 409 `limit_reached` when there are too many. For owners, and credentials with the scope.
   */
  createApiKey(body: ApiKeyIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.createApiKey, {}, body, options);
  }

  /** One of them. Everything but the token. For owners, and credentials with the scope. */
  getApiKey(parameters: GetApiKeyParameters, options?: RequestOptions): Promise<Credential> {
    return this.call(operations.getApiKey, parameters, undefined, options);
  }

  /** Revoke a key. It is refused on every node within a second. Once more changes nothing. For owners, and credentials with the scope. */
  revokeApiKey(parameters: RevokeApiKeyParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.revokeApiKey, parameters, undefined, options);
  }

  /**
   * Replace a key. Makes a successor with the same name, scopes and end, and ends this one after the overlap. Needs every scope of it. 409 when it was rolled before or is
   * not good any more. For owners, and credentials with the scope.
   */
  rollApiKey(parameters: RollApiKeyParameters, body?: RollIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.rollApiKey, parameters, body, options);
  }

  /** The installation's keys. Newest first, those that ended included. Platform keys only. */
  listPlatformKeys(parameters: ListPlatformKeysParameters = {}, options?: RequestOptions): Promise<CredentialPage> {
    return this.call(operations.listPlatformKeys, parameters, undefined, options);
  }

  /**
   * Make a platform key. The token is in this answer and in no other: its SHA-256 is what is stored. It cannot have scopes that the credential of this request lacks (403, which
   * names them), nor last longer than that one; without `expiresAt` it lasts as long. With an `Idempotency-Key` the answer is kept sealed for a day: whoever
   * lost it sends the same again with the same credential. 409 `limit_reached` when there are too many. Platform keys only.
   */
  createPlatformKey(body: PlatformKeyIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.createPlatformKey, {}, body, options);
  }

  /** One of them. Everything but the token. Platform keys only. */
  getPlatformKey(parameters: GetPlatformKeyParameters, options?: RequestOptions): Promise<Credential> {
    return this.call(operations.getPlatformKey, parameters, undefined, options);
  }

  /** Revoke a platform key. It is refused on every node within a second. Once more changes nothing. Platform keys only. */
  revokePlatformKey(parameters: RevokePlatformKeyParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.revokePlatformKey, parameters, undefined, options);
  }

  /**
   * Replace a platform key. Makes a successor with the same name, scopes and end, and ends this one after the overlap. Needs every scope of it. 409 when it was rolled before or is
   * not good any more. Platform keys only.
   */
  rollPlatformKey(parameters: RollPlatformKeyParameters, body?: RollIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.rollPlatformKey, parameters, body, options);
  }

  /** One's own tokens. Newest first, those that ended included. A person's own, whatever the restaurant. */
  listPersonalAccessTokens(parameters: ListPersonalAccessTokensParameters = {}, options?: RequestOptions): Promise<CredentialPage> {
    return this.call(operations.listPersonalAccessTokens, parameters, undefined, options);
  }

  /**
   * Make a token. The token is in this answer and in no other: its SHA-256 is what is stored. It cannot have scopes that the credential of this request lacks (403, which
   * names them), nor last longer than that one; without `expiresAt` it lasts as long. With an `Idempotency-Key` the answer is kept sealed for a day: whoever
   * lost it sends the same again with the same credential. 409 `limit_reached` when there are too many. A person's own, whatever the restaurant.
   */
  createPersonalAccessToken(body: ApiKeyIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.createPersonalAccessToken, {}, body, options);
  }

  /** One of them. Everything but the token. A person's own, whatever the restaurant. */
  getPersonalAccessToken(parameters: GetPersonalAccessTokenParameters, options?: RequestOptions): Promise<Credential> {
    return this.call(operations.getPersonalAccessToken, parameters, undefined, options);
  }

  /** Revoke a token. It is refused on every node within a second. Once more changes nothing. A person's own, whatever the restaurant. */
  revokePersonalAccessToken(parameters: RevokePersonalAccessTokenParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.revokePersonalAccessToken, parameters, undefined, options);
  }

  /**
   * Replace a token. Makes a successor with the same name, scopes and end, and ends this one after the overlap. Needs every scope of it. 409 when it was rolled before or is
   * not good any more. A person's own, whatever the restaurant.
   */
  rollPersonalAccessToken(parameters: RollPersonalAccessTokenParameters, body?: RollIn, options?: RequestOptions): Promise<IssuedCredential> {
    return this.call(operations.rollPersonalAccessToken, parameters, body, options);
  }

  /**
   * The audit log. Every change and every refused access, newest first. An owner or a merchant key reads the restaurant's own; a platform key reads everything, or with
   * `X-Restaurant-Id` what concerns that restaurant. A restaurant does not see from where the platform did something.
   *
   * Refusals appear within a second. What repeats one within a minute, by the same credential from the same address for the same reason, is one more
   * entry, whose `count` says how often. Entries are never changed or deleted through the API.
   */
  listAuditLog(parameters: ListAuditLogParameters = {}, options?: RequestOptions): Promise<AuditPage> {
    return this.call(operations.listAuditLog, parameters, undefined, options);
  }

  /** Where the restaurant is told what happens. In the order they were made. For owners and managers, and credentials with the scope. */
  listWebhookEndpoints(parameters: ListWebhookEndpointsParameters = {}, options?: RequestOptions): Promise<WebhookEndpointPage> {
    return this.call(operations.listWebhookEndpoints, parameters, undefined, options);
  }

  /**
   * Be told what happens. From now on every event whose type is in `eventTypes`, or every event where that is null, is sent to `url` as a POST signed as Standard Webhooks 1.0 says
   * (docs/guides/webhooks.md). The secret is in this answer and nowhere else. The address must be https on the public Internet, port 443 or 8443; others are
   * 422 `url_not_allowed`. A restaurant has at most 20 endpoints (409 `limit_reached`). For owners and managers, and credentials with the scope.
   */
  createWebhookEndpoint(body: WebhookEndpointIn, options?: RequestOptions): Promise<NewWebhookEndpoint> {
    return this.call(operations.createWebhookEndpoint, {}, body, options);
  }

  /** One of them. Everything but its secrets. For owners and managers, and credentials with the scope. */
  getWebhookEndpoint(parameters: GetWebhookEndpointParameters, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.call(operations.getWebhookEndpoint, parameters, undefined, options);
  }

  /**
   * Be told nothing more. What was not delivered yet is given up; the log stays for 30 days. With `If-Match` only the version that was seen. For owners and managers, and
   * credentials with the scope.
   */
  deleteWebhookEndpoint(parameters: DeleteWebhookEndpointParameters, options?: RequestOptions): Promise<void> {
    return this.call(operations.deleteWebhookEndpoint, parameters, undefined, options);
  }

  /**
   * Change one. At least one field. What is on its way already is sent to the new address. With `If-Match` only the version that was seen. For owners and managers, and
   * credentials with the scope.
   */
  updateWebhookEndpoint(parameters: UpdateWebhookEndpointParameters, body: WebhookEndpointPatch, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.call(operations.updateWebhookEndpoint, parameters, body, options);
  }

  /**
   * Hold deliveries back. What happens meanwhile is held and sent when it is resumed, if that is within 30 days. Once more changes nothing. 409 for a disabled one.
   * For owners and managers, and credentials with the scope.
   */
  pauseWebhookEndpoint(parameters: PauseWebhookEndpointParameters, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.call(operations.pauseWebhookEndpoint, parameters, undefined, options);
  }

  /**
   * Send again. Sends what was held during a pause. One that Maitre disabled begins anew: what happened meanwhile is not told (`GET /api/v1/webhook-deliveries` has what
   * failed before). Once more changes nothing.
   * For owners and managers, and credentials with the scope.
   */
  resumeWebhookEndpoint(parameters: ResumeWebhookEndpointParameters, options?: RequestOptions): Promise<WebhookEndpoint> {
    return this.call(operations.resumeWebhookEndpoint, parameters, undefined, options);
  }

  /**
   * Replace the secret. The one before it signs along until the overlap is over: a delivery then has several signatures, and one that fits is enough.
   * For owners and managers, and credentials with the scope.
   */
  rollWebhookSecret(parameters: RollWebhookSecretParameters, body?: RollIn, options?: RequestOptions): Promise<RolledWebhookSecret> {
    return this.call(operations.rollWebhookSecret, parameters, body, options);
  }

  /**
   * Send a test. Sends the example of an event, or one of type `webhook_test`, whatever the filter and also during a pause, once. The answer is the delivery; read it again to
   * see what came of it. 409 for a disabled one.
   * For owners and managers, and credentials with the scope.
   */
  testWebhookEndpoint(parameters: TestWebhookEndpointParameters, body?: WebhookTestIn, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.call(operations.testWebhookEndpoint, parameters, body, options);
  }

  /**
   * Send what failed again. The failed deliveries whose turn was in a time, oldest first, at most 1000 at once: where `hasMore` is true, ask again. 409 for an endpoint that is not
   * active.
   * For owners and managers, and credentials with the scope.
   */
  replayWebhookDeliveries(parameters: ReplayWebhookDeliveriesParameters, body: WebhookReplayIn, options?: RequestOptions): Promise<WebhookReplay> {
    return this.call(operations.replayWebhookDeliveries, parameters, body, options);
  }

  /** What was sent, and what came of it. Newest first, of the last 30 days. For owners and managers, and credentials with the scope. */
  listWebhookDeliveries(parameters: ListWebhookDeliveriesParameters = {}, options?: RequestOptions): Promise<WebhookDeliveryPage> {
    return this.call(operations.listWebhookDeliveries, parameters, undefined, options);
  }

  /** One of them, with its attempts. With what is sent, and the last hundred attempts, newest first. For owners and managers, and credentials with the scope. */
  getWebhookDelivery(parameters: GetWebhookDeliveryParameters, options?: RequestOptions): Promise<WebhookDeliveryWithLog> {
    return this.call(operations.getWebhookDelivery, parameters, undefined, options);
  }

  /**
   * Send one again. With the same `webhook-id` and body, signed with the secret of now, as often as a new one. 409 for one that has not ended yet, or whose endpoint is not active.
   * For owners and managers, and credentials with the scope.
   */
  replayWebhookDelivery(parameters: ReplayWebhookDeliveryParameters, options?: RequestOptions): Promise<WebhookDelivery> {
    return this.call(operations.replayWebhookDelivery, parameters, undefined, options);
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

  /**
   * An event of a bot that runs elsewhere. What the bot of a channel with `provider: outside` did and saw (docs/guides/outside-bots.md). 202 means that it is stored; messages and the channel's
   * status follow soon after, as our own events. Orders are kept as they came for 90 days and become nothing yet.
   *
   * The signature is over the raw body and right after it the digits of `X-Timestamp`. A request is good once: the same one again is 409 `webhook_replayed`,
   * which means that it is stored. Whoever has got no answer may send the event again, with the same `id` and `timestamp`, and signed again: then it is
   * `duplicate` if it was stored, and has no second effect. The body may have up to 256 KiB. Requests that are signed well count as the restaurant's.
   */
  receiveBotWebhook(parameters: ReceiveBotWebhookParameters, body: BotWebhook, options?: RequestOptions): Promise<BotWebhookAccepted> {
    return this.call(operations.receiveBotWebhook, parameters, body, options);
  }
}
