// Made by generate.py from openapi.yaml; do not edit.

/** A problem document (RFC 9457). */
export interface Problem {
  /** `urn:maitre:problem:` and the code. */
  type: string;
  /** The same for every occurrence of the code. */
  title: string;
  status: number;
  /** About this occurrence. */
  detail: string;
  /** The path of the request. */
  instance: string;
  code: ProblemCode;
  requestId: string;
  /** When an exhausted allowance is refilled. */
  resetsAt?: string;
  errors?: FieldError[];
}

export interface FieldError {
  /** JSON Pointer into the body, or `?name` for a query parameter. */
  pointer: string;
  /** `required`, `wrong_type`, `too_long`, `out_of_range`, `unknown_field` … */
  code: string;
  /** For people. */
  message: string;
}

export interface RealtimeTicket {
  /** For the parameter `ticket` of one WebSocket. */
  ticket: string;
  /** Seconds. */
  expiresIn: number;
}

/** What a program goes by. A code is never renamed and keeps its status; new ones may come. */
export type ProblemCode = "malformed_request" | "malformed_json" | "body_required" | "repeated_parameter" | "repeated_header" | "conflicting_credentials" | "restaurant_required" | "invalid_restaurant_id" | "invalid_cursor" | "idempotency_key_required" | "invalid_idempotency_key" | "credential_required" | "invalid_credential" | "credential_in_url" | "invalid_signature" | "signature_expired" | "login_failed" | "second_factor_required" | "second_factor_failed" | "allowance_exhausted" | "forbidden" | "restaurant_forbidden" | "merchant_suspended" | "merchant_closed" | "cross_site_request" | "not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "service_window_closed" | "conversation_closed" | "message_not_resendable" | "channel_not_connected" | "number_taken" | "last_owner" | "already_member" | "limit_reached" | "webhook_replayed" | "request_in_progress" | "position_gone" | "version_mismatch" | "body_too_large" | "address_too_long" | "unsupported_media_type" | "unsupported_content_encoding" | "validation_failed" | "link_invalid" | "idempotency_key_reused" | "provider_refused" | "upgrade_required" | "precondition_required" | "rate_limited" | "headers_too_large" | "internal_error" | "not_stored" | "provider_unavailable" | "unavailable" | "deadline_exceeded" | (string & {});

/** What a credential may do. More may be added. */
export type Scope = "audit:read" | "bots:read" | "bots:write" | "conversations:read" | "conversations:write" | "events:read" | "keys:manage" | "messages:read" | "messages:send" | "settings:read" | "settings:write" | "team:read" | "team:write" | "usage:read" | "webhooks:read" | "webhooks:write";

export interface Credential {
  id: string;
  name: string;
  /** How the token begins. */
  prefix: "mtr_admin_" | "mtr_live_" | "mtr_pat_";
  /** How the token ends. */
  lastFour: string;
  scopes: string[];
  /** Who made it; null for those from before this was written down. */
  createdBy: {
    kind: "platform_key" | "merchant_key" | "personal_access_token" | "session" | "platform_admin" | "anonymous" | "system";
    credentialId: string | null;
    personId: string | null;
  };
  createdAt: string;
  /** To the minute. */
  lastUsedAt: string | null;
  expiresAt: string | null;
  revokedAt: string | null;
  /** The successor of a rolled one. */
  replacedBy: string | null;
  status: "active" | "expired" | "revoked";
}

export interface CredentialPage {
  data: Credential[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

/** A credential with its token, this once. */
export type IssuedCredential = Credential & {
  token: string;
};

export interface ApiKeyIn {
  name: string;
  scopes: Scope[];
  /** Still to come; null: as long as the credential that makes it. */
  expiresAt?: string | null;
}

export interface PlatformKeyIn {
  name: string;
  scopes: "admin"[];
  /** Still to come; null: as long as the credential that makes it. */
  expiresAt?: string | null;
}

export interface RollIn {
  /** How long the old one stays good. */
  overlapSeconds?: number | null;
}

/** What happened; `webhooks` describes each. */
export type EventType = "message_received" | "message_sent" | "message_status_changed" | "conversation_updated" | "bot_connected" | "bot_disconnected" | "allowance_warning" | "allowance_exhausted" | "webhook_disabled" | (string & {});

/** A place in the stream of events; opaque, of this installation only. */
export type EventPosition = string;

export interface Event {
  id: string;
  type: EventType;
  /** Of what happened in a conversation. */
  conversationId?: string;
  /** As `webhooks` describes it for the type. */
  data: {
    [member: string]: unknown;
  };
  timestamp: string;
  position: EventPosition;
}

export interface EventPage {
  data: Event[];
  nextPosition: EventPosition;
  /** Whether there was more at that moment. */
  hasMore: boolean;
}

export interface MessageReceivedData {
  message: Message;
  /** Whether somebody should be told of it. */
  notify: boolean;
}

export interface MessageSentData {
  messageId: string;
  sequence: Sequence;
  /** Of the message. */
  type: string;
  /** Usually `sent`; a later status may have come before this. */
  status: "sent" | "delivered" | "read" | "played" | "failed";
  providerMessageId: string | null;
  sender: "bot" | "agent" | "api" | "system" | "phone" | (string & {});
  message?: Message;
}

export interface MessageStatusChangedData {
  messageId: string;
  sequence: Sequence;
  status: "unconfirmed" | "sent" | "delivered" | "read" | "played" | "failed" | "cancelled";
  /** By the provider's clock; absent for what Maitre decided. */
  at?: string;
  /** Why it failed. */
  errorCode?: string;
}

export interface ConversationUpdatedData {
  conversationId: string;
  mode?: ConversationMode;
  unreadCount?: number;
  version?: number;
  /** A message that should be read again. */
  changedMessageId?: string;
}

export interface BotConnectedData {
  botId: string;
  channelId: string;
}

export interface BotDisconnectedData {
  botId: string;
  channelId: string;
  reason: string;
}

export interface WebhookDisabledData {
  webhookEndpointId: string;
  reason: "gone" | "failing" | (string & {});
  /** The first failure after the last success. */
  failingSince: string | null;
}

export interface AllowanceLevelData {
  allowance: "dailyLimit" | "monthlyLimit" | (string & {});
  /** Per cent. */
  threshold: 80 | 100;
  limit: number;
  used: number;
  resetsAt: string;
}

export interface WebhookEndpoint {
  id: string;
  url: string;
  description: string | null;
  /** Which events are sent; null for all, also those that are to come. */
  eventTypes: EventType[] | null;
  /** `paused` by a person, `disabled` by Maitre, which gave up on it. */
  status: "active" | "paused" | "disabled";
  /** Why it is disabled: it answered 410, or has done nothing but fail for five days. */
  statusReason: "gone" | "failing" | null;
  /** Since when. */
  statusAt: string;
  /** The first failure after the last success. */
  failingSince: string | null;
  /** Since then. */
  failures: number;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface WebhookEndpointPage {
  data: WebhookEndpoint[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

/** An endpoint with its secret, this once. */
export type NewWebhookEndpoint = WebhookEndpoint & {
  /** `whsec_` and the base64 of the key that signs. */
  secret: string;
};

export interface WebhookEndpointIn {
  /** Complete, https, of a host on the public Internet, in ASCII, without user name and fragment. */
  url: string;
  description?: string | null;
  eventTypes?: EventType[] | null;
}

export interface WebhookEndpointPatch {
  url?: string;
  description?: string | null;
  eventTypes?: EventType[] | null;
}

export interface RolledWebhookSecret {
  secret: string;
  /** Until then the one before it signs along. */
  previousExpiresAt: string | null;
}

export interface WebhookTestIn {
  /** Whose example is sent; without it one of type `webhook_test`. */
  type?: EventType | null;
}

export interface WebhookReplayIn {
  from: string;
  /** Without it: until now. */
  to?: string | null;
}

export interface WebhookReplay {
  replayed: number;
  /** Whether there may be more of them. */
  hasMore: boolean;
}

/** `held` waits for its endpoint to be resumed, `failed` was given up and can be replayed. */
export type WebhookDeliveryState = "pending" | "held" | "delivered" | "failed";

/** 2xx; any other answer; no whole answer in time; nobody was reached over TLS. */
export type WebhookOutcome = "succeeded" | "refused" | "timed_out" | "unreachable";

export interface WebhookDelivery {
  id: string;
  endpointId: string;
  /** The `webhook-id` of every attempt. */
  eventId: string;
  type: string;
  /** Whether it did not happen. */
  test: boolean;
  state: WebhookDeliveryState;
  attempts: number;
  nextAttemptAt: string | null;
  /** Of the last answer. */
  lastStatus: number | null;
  lastOutcome: WebhookOutcome | null;
  createdAt: string;
  finishedAt: string | null;
}

export interface WebhookDeliveryPage {
  data: WebhookDelivery[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface WebhookAttempt {
  id: string;
  startedAt: string;
  durationMs: number;
  outcome: WebhookOutcome;
  status: number | null;
  /** The beginning of the answer, as text. */
  answer: string | null;
}

export type WebhookDeliveryWithLog = WebhookDelivery & {
  /** What is sent at every attempt. */
  body: string;
  log: WebhookAttempt[];
};

/** What was done or refused. More may be added; a name is never changed. */
export type AuditAction = "access.refused" | "secret.refused" | "merchant.created" | "merchant.updated" | "merchant.suspended" | "merchant.reactivated" | "merchant.closed" | "merchant.ended" | "allowance.changed" | "credential.created" | "credential.rolled" | "credential.revoked" | "bot.created" | "channel.created" | "channel.updated" | "channel_secret.rolled" | "conversation.updated" | "webhook_endpoint.created" | "webhook_endpoint.updated" | "webhook_endpoint.paused" | "webhook_endpoint.resumed" | "webhook_endpoint.disabled" | "webhook_endpoint.deleted" | "webhook_endpoint.tested" | "webhook_secret.rolled" | "webhook_delivery.replayed" | "login.succeeded" | "session.ended" | "session.token_reused" | "password.changed" | "password.reset_requested" | "password.reset" | "second_factor.enabled" | "second_factor.disabled" | "member.role_changed" | "member.removed" | "invitation.created" | "invitation.revoked" | "invitation.accepted" | "admin.removed" | "person.disabled" | "person.enabled" | "queue.paused" | "queue.resumed" | "queue.limited" | "dead_letter.replayed" | "dead_letter.discarded" | "signing_keys.rotated" | "secrets.rotated" | "audit.dropped" | "audit.unknown" | (string & {});

export type AuditOutcome = "done" | "refused";

export interface AuditPage {
  data: AuditEntry[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface AuditEntry {
  id: string;
  at: string;
  /** The restaurant that it concerns; null for the installation. */
  merchantId: string | null;
  /** Who, and from where. */
  actor: {
    /** `anonymous` is a request without a good credential, `system` Maitre itself. */
    kind: "platform_key" | "merchant_key" | "personal_access_token" | "session" | "platform_admin" | "anonymous" | "system";
    /** The key, token or session. */
    credentialId: string | null;
    personId: string | null;
    address: string | null;
    /** As the client calls itself; of a job or command, its name. */
    userAgent: string | null;
  };
  action: AuditAction;
  outcome: AuditOutcome;
  /** Of a refusal the code of its problem document. */
  code: string | null;
  /** What it was done to. */
  subject: {
    type: string;
    id: string | null;
  };
  requestId: string | null;
  /** How often it happened. */
  count: number;
  /** Such as the names of changed `fields`; never a secret. */
  details: {
    [member: string]: unknown;
  };
}

export interface Probe {
  status: "ok" | "unavailable";
}

export interface Health {
  status: "ok" | "degraded";
  database: "connected" | "disconnected";
  /** Seconds since the process started. */
  uptime: number;
  version: string;
}

/** Where the next page starts; null when there is none. */
export type NextCursor = string | null;

/** Whether there are more rows than these. */
export type HasMore = boolean;

/** Counts the changes of the resource. */
export type Version = number;

export interface KeySet {
  keys: {
    kty: "OKP";
    crv: "Ed25519";
    use: "sig";
    alg: "EdDSA";
    kid: string;
    /** The public key, base64url. */
    x: string;
  }[];
}

/** What a person may do at a restaurant, most first; each may everything that the next may. */
export type Role = "owner" | "manager" | "agent";

/** Upper and lower case are the same. */
export type EmailAddressIn = string;

/** Counted as NFKC has it. One of the first that anybody would try, and one that contains the e-mail address, is refused (422 with `too_common`). */
export type NewPasswordIn = string;

export type PresentPasswordIn = string;

/** `totp` or `recoveryCode`, not both. */
export interface LoginIn {
  /** What is no address is one that nobody has. */
  email: string;
  password: PresentPasswordIn;
  /** The code of the authenticator application. */
  totp?: string | null;
  /** In either case, with or without the hyphens; each counts once. */
  recoveryCode?: string | null;
}

export interface SessionTokens {
  /** JWT for `Authorization`; to be kept in memory only. */
  accessToken: string;
  tokenType: "Bearer";
  /** Seconds until the access token is no longer good. */
  expiresIn: number;
  sessionId: string;
  person: Me;
}

export interface PasswordResetIn {
  /** What is no address is one that nobody has. */
  email: string;
}

export interface PasswordResetConfirmationIn {
  /** What follows `#token=` in the link. */
  token: string;
  password: NewPasswordIn;
}

/** A person logged in on a device. */
export interface Session {
  id: string;
  /** What the browser said of itself at login. */
  userAgent: string | null;
  /** The IP address of the login. */
  address: string | null;
  /** Whether it is the one that asks. */
  isCurrent: boolean;
  createdAt: string;
  /** When it was last refreshed. */
  lastUsedAt: string;
  /** When it ends unless it is refreshed before; a refresh moves it up to 30 days from login. */
  expiresAt: string;
}

export interface SessionPage {
  data: Session[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface Me {
  id: string;
  email: string;
  name: string;
  /** Of pages and e-mails. */
  locale: string;
  /** Whether the person runs the installation, and so is an owner at every restaurant. */
  isPlatformAdmin: boolean;
  hasSecondFactor: boolean;
  /** By name. */
  restaurants: Membership[];
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface Membership {
  /** `X-Restaurant-Id`. */
  restaurantId: string;
  name: string;
  status: "active" | "suspended" | "closed";
  role: Role;
}

export interface MePatch {
  name?: string;
  locale?: string;
}

export interface PasswordChangeIn {
  currentPassword: PresentPasswordIn;
  newPassword: NewPasswordIn;
}

export interface PasswordIn {
  password: PresentPasswordIn;
}

export interface SecondFactorProposal {
  /** For typing; base32. */
  secret: string;
  /** For a QR code. */
  otpauthUrl: string;
}

/** The code of the authenticator application. */
export type SecondFactorCode = string;

export interface SecondFactorConfirmationIn {
  totp: SecondFactorCode;
}

/** Exactly one of `totp` and `recoveryCode`. */
export type SecondFactorRemovalIn = {
  password: PresentPasswordIn;
  totp?: SecondFactorCode;
  recoveryCode?: string;
} & ({ totp: SecondFactorCode } | { recoveryCode: string });

export interface RecoveryCodes {
  /** For the day the telephone is lost; each counts once. */
  recoveryCodes: string[];
}

/** A person of the restaurant. */
export interface Member {
  personId: string;
  /** Null where an agent asks about somebody else. */
  email: string | null;
  name: string;
  role: Role;
  hasSecondFactor: boolean;
  joinedAt: string;
}

export interface MemberPatch {
  role: Role;
}

export interface MemberPage {
  data: Member[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

/** Somebody who was asked to join and has not yet. */
export interface Invitation {
  id: string;
  email: string;
  /** Null for an administrator of the installation. */
  role: Role | null;
  /** The person; null for a key. */
  invitedBy: string | null;
  createdAt: string;
  expiresAt: string;
  /** Only in the answer that makes it, and only where no e-mail carries it. */
  link?: string;
}

export interface InvitationIn {
  email: EmailAddressIn;
  role: Role;
}

export interface PlatformInvitationIn {
  email: EmailAddressIn;
}

export interface InvitationPage {
  data: Invitation[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface InvitationTokenIn {
  /** What follows `#token=` in the link. */
  token: string;
}

export interface InvitationOffer {
  email: string;
  /** Null for the administration of the installation. */
  restaurantId: string | null;
  restaurantName: string | null;
  /** Null for an administrator of the installation. */
  role: Role | null;
  /** Whether the address has an account; its password then accepts. */
  hasPassword: boolean;
  expiresAt: string;
}

export interface InvitationAcceptanceIn {
  /** What follows `#token=` in the link. */
  token: string;
  /** Of somebody new, who needs one; otherwise without meaning. */
  name?: string | null;
  /**
   * Of somebody new, what it shall be: 10 to 128 characters (NFKC), not one of the first that anybody would try, without the e-mail address. Otherwise
   * the present one.
   */
  password: string;
}

export interface AcceptedInvitation {
  personId: string;
  /** Null for the administration of the installation. */
  restaurantId: string | null;
  /** What was offered; null for an administrator of the installation. */
  role: Role | null;
}

/** A person who may do everything on the installation. */
export interface PlatformAdmin {
  personId: string;
  email: string;
  name: string;
  hasSecondFactor: boolean;
  createdAt: string;
}

export interface PlatformAdminPage {
  data: PlatformAdmin[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface Merchant {
  /** `X-Restaurant-Id`. */
  id: string;
  name: string;
  /** Of one that is not active, messages are stored and nothing is sent; its people and keys are refused with 403. */
  status: "active" | "suspended" | "closed";
  /** Why it is suspended or closed. */
  statusReason: string | null;
  /** The end of a closed restaurant's grace period; null otherwise. */
  closesAt: string | null;
  /** IANA name. */
  timeZone: string;
  locale: string;
  /** ISO 4217. */
  currency: string;
  /** Null: always open. */
  businessHours: BusinessHours | null;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface MerchantIn {
  name: string;
  /** IANA name that PostgreSQL knows. */
  timeZone: string;
  locale: string;
  /** ISO 4217. */
  currency: string;
}

export interface MerchantPatch {
  name?: string;
  /** IANA name that PostgreSQL knows. */
  timeZone?: string;
  locale?: string;
  /** ISO 4217. */
  currency?: string;
  /** Null: always open. */
  businessHours?: BusinessHours | null;
}

/**
 * When the restaurant is open, in its own time zone. At most four intervals a day; one whose `closes` is not later than its `opens` lasts past midnight.
 * Intervals may touch but not overlap, also over midnight and from Sunday to Monday.
 */
export interface BusinessHours {
  weekly: OpeningInterval[];
  /** Days that are not like their weekday, each once. */
  holidays?: Holiday[];
}

export interface OpeningInterval {
  day: "monday" | "tuesday" | "wednesday" | "thursday" | "friday" | "saturday" | "sunday";
  opens: TimeOfDay;
  closes: TimeOfDay;
}

/** Either `closed`, or with `opens` and `closes`. */
export interface Holiday {
  date: string;
  /** One line, without control characters. */
  name?: string | null;
  closed?: boolean | null;
  opens?: TimeOfDay;
  closes?: TimeOfDay;
}

export type TimeOfDay = string;

export interface MerchantStatusIn {
  /** Kept with the restaurant and in the audit log. */
  reason?: string | null;
}

export interface MerchantCloseIn {
  /** How long it may be reactivated; 0 ends it at once. */
  graceDays?: number | null;
  /** Kept with the restaurant and in the audit log. */
  reason?: string | null;
}

/** Nothing has to be said. */
export interface EmptyIn {
  [member: string]: never;
}

export interface MerchantPage {
  data: Merchant[];
  pagination: OffsetPagination;
}

export interface OffsetPagination {
  total: number;
  limit: number;
  offset: number;
  hasMore: HasMore;
}

export interface Bot {
  id: string;
  name: string;
  /** What it says first; null: the built-in greeting in the customer's language. */
  greeting: string | null;
  menu: string | null;
  openingHours: string | null;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface BotIn {
  name: string;
  greeting?: string | null;
  menu?: string | null;
  openingHours?: string | null;
}

export interface BotPage {
  data: Bot[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface Channel {
  id: string;
  botId: string;
  provider: "meta" | "whapi" | "twilio" | "outside" | (string & {});
  /** The provider's id of the number; of a bot that runs elsewhere, its digits. */
  phoneNumberId: string;
  /** Meta's WhatsApp business account. */
  wabaId: string | null;
  /** E.164. */
  displayNumber: string;
  hasAccessToken: boolean;
  hasVerifyToken: boolean;
  messagesPerSecond: number;
  /** A stopped channel sends nothing and still stores what comes in. */
  status: "active" | "stopped";
  /** What the provider complained about, or what a bot that runs elsewhere said. */
  stoppedReason: string | null;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

/** A number on a provider, or a bot that runs elsewhere. */
export type ChannelIn = MetaChannelIn | OutsideChannelIn;

/** What the bot signs with; the bytes of its UTF-8 are the key. Make it of random characters, for this channel only. */
export type WebhookSecretIn = string;

export interface OutsideChannelIn {
  provider: "outside";
  /** The number that the bot uses. */
  displayNumber: string;
  webhookSecret: WebhookSecretIn;
}

export interface ChannelSecretIn {
  webhookSecret: WebhookSecretIn;
  /** How long the old one stays good. */
  overlapSeconds?: number | null;
}

export interface RolledChannelSecret {
  /** Until then the one before it is good. */
  previousExpiresAt: string;
}

export interface MetaChannelIn {
  provider: "meta";
  phoneNumberId: string;
  wabaId: string;
  displayNumber: string;
  /** The Meta app that signs the webhooks. */
  appId: string;
  appSecret: string;
  accessToken: string;
  /** A word of your choice for Meta's verification request. */
  verifyToken: string;
}

export interface ChannelPatch {
  accessToken?: string;
  verifyToken?: string;
  status?: "active" | "stopped";
  messagesPerSecond?: number;
}

export interface ChannelPage {
  data: Channel[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

/** Who answers: the `bot` by itself, an `agent`; `paused` only stores and notifies nobody; `closed` also, until the conversation is reopened. */
export type ConversationMode = "bot" | "agent" | "paused" | "closed";

/** The customer. */
export interface Contact {
  id: string;
  name: string | null;
  /** E.164; null for a contact known by a user id only. */
  phone: string | null;
  /** Business-scoped user id. */
  userId: string | null;
}

export interface LastMessage {
  at: string;
  /** One line of plain text. */
  preview: string | null;
  direction: Direction;
}

/** While it is open, anything may be sent; otherwise templates only. */
export interface ServiceWindow {
  open: boolean;
  /** 24 hours after the customer's last message; null when there is none. */
  closesAt: string | null;
}

export interface Conversation {
  id: string;
  channelId: string;
  /** Null for a group. */
  contact: Contact | null;
  groupId: string | null;
  mode: ConversationMode;
  /** The person whom it is assigned to. */
  assigneeId: string | null;
  unreadCount: number;
  lastSequence: Sequence;
  /** Null before the first message. */
  lastMessage: LastMessage | null;
  serviceWindow: ServiceWindow;
  /** The customer's language as far as the bot could tell. */
  locale: string | null;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface ConversationPatch {
  mode: ConversationMode;
}

export interface ConversationPage {
  data: Conversation[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface ReadMarkIn {
  /** Also show the customer that an answer is being written. */
  typing?: boolean;
}

/** A message's place in its conversation, from 1; lists go by it, never by a provider's time. */
export type Sequence = number;

export type Direction = "inbound" | "outbound";

/**
 * What the message says, in camelCase and otherwise as WhatsApp has it: `{"body"}` of a text, `{"mediaId","mimeType","caption"}` of a file,
 * `{"type","reply":{"id","title"}}` of a tapped button. A type that is not known has the whole message under `raw`.
 */
export interface MessageContent {
  [member: string]: unknown;
}

/**
 * Referral, forwarding and pricing as the provider says them; `previous` has what an edited message said before; `resendOf` and `resentAs` tie a
 * message that failed to the one that was sent in its place.
 */
export interface MessageExtra {
  [member: string]: unknown;
}

/** The emoji of each who reacted. */
export interface Reactions {
  [member: string]: string;
}

export interface MessageError {
  code: string;
  detail: string | null;
}

export interface MessageTimes {
  createdAt: string;
  /** The provider's own time: shown, never sorted by. */
  providerAt: string | null;
  sentAt?: string | null;
  deliveredAt?: string | null;
  readAt?: string | null;
  failedAt?: string | null;
  editedAt?: string | null;
  deletedAt?: string | null;
}

/** A message. The member named as its `type` has what it says; a deleted message has none. */
export interface Message {
  id: string;
  conversationId: string;
  sequence: Sequence;
  direction: Direction;
  /** `api`: sent with a key; `phone`: sent from the restaurant's own handset. */
  sender: "contact" | "bot" | "agent" | "api" | "system" | "phone" | (string & {});
  /** The person of an agent's message. */
  senderId: string | null;
  /** Who wrote it */
  contactId: string | null;
  type: "text" | "image" | "audio" | "video" | "document" | "sticker" | "location" | "contacts" | "interactive" | "button" | "order" | "reaction" | "system" | "template" | "request_welcome" | "edit" | "revoke" | "unsupported" | "unknown" | (string & {});
  text?: MessageContent;
  image?: MessageContent;
  audio?: MessageContent;
  video?: MessageContent;
  document?: MessageContent;
  sticker?: MessageContent;
  location?: MessageContent;
  contacts?: MessageContent[];
  interactive?: MessageContent;
  button?: MessageContent;
  order?: MessageContent;
  reaction?: MessageContent;
  system?: MessageContent;
  template?: MessageContent;
  request_welcome?: MessageContent;
  edit?: MessageContent;
  revoke?: MessageContent;
  unsupported?: MessageContent;
  unknown?: MessageContent;
  /**
   * `received` is an inbound message. An outbound one moves forward from `queued`; `unconfirmed` means that the provider's answer was lost and
   * is settled later; `cancelled` that it was withdrawn before it went out.
   */
  status: "received" | "queued" | "sending" | "unconfirmed" | "sent" | "delivered" | "read" | "played" | "failed" | "cancelled";
  providerMessageId: string | null;
  /** The message that this one quotes. */
  quotedProviderMessageId: string | null;
  extra?: MessageExtra;
  reactions?: Reactions;
  error?: MessageError;
  timestamps: MessageTimes;
}

export interface MessagePage {
  data: Message[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

/** A message to send; the member named as its `type` has what it says. */
export type MessageIn = TextMessageIn | ImageMessageIn | VideoMessageIn | AudioMessageIn | DocumentMessageIn | StickerMessageIn | LocationMessageIn | ContactsMessageIn | ReactionMessageIn | InteractiveMessageIn | TemplateMessageIn;

/** A message of this conversation that this one quotes. */
export type ReplyTo = string;

export interface TextMessageIn {
  type: "text";
  text: {
    body: string;
    /** Show a preview of the first link. */
    previewUrl?: boolean;
  };
  replyTo?: ReplyTo;
}

/** An https address that the provider fetches. */
export type MediaLink = string;

/** The provider's id of an uploaded file. */
export type MediaId = string;

export type Caption = string;

/** Exactly one of `link` and `mediaId`. */
export type CaptionedMediaIn = {
  link?: MediaLink;
  mediaId?: MediaId;
  caption?: Caption;
} & ({ link: MediaLink } | { mediaId: MediaId });

/** Exactly one of `link` and `mediaId`. */
export type PlainMediaIn = {
  link?: MediaLink;
  mediaId?: MediaId;
} & ({ link: MediaLink } | { mediaId: MediaId });

/** Exactly one of `link` and `mediaId`. */
export type HeaderDocumentIn = {
  link?: MediaLink;
  mediaId?: MediaId;
  filename?: string;
} & ({ link: MediaLink } | { mediaId: MediaId });

export interface ImageMessageIn {
  type: "image";
  image: CaptionedMediaIn;
  replyTo?: ReplyTo;
}

export interface VideoMessageIn {
  type: "video";
  video: CaptionedMediaIn;
  replyTo?: ReplyTo;
}

export interface AudioMessageIn {
  type: "audio";
  /** Exactly one of `link` and `mediaId`. */
  audio: {
    link?: MediaLink;
    mediaId?: MediaId;
    /** Show it as a voice note; needs OGG with Opus. */
    voice?: boolean;
  } & ({ link: MediaLink } | { mediaId: MediaId });
  replyTo?: ReplyTo;
}

export interface DocumentMessageIn {
  type: "document";
  /** Exactly one of `link` and `mediaId`. */
  document: {
    link?: MediaLink;
    mediaId?: MediaId;
    caption?: Caption;
    filename?: string;
  } & ({ link: MediaLink } | { mediaId: MediaId });
  replyTo?: ReplyTo;
}

export interface StickerMessageIn {
  type: "sticker";
  sticker: PlainMediaIn;
  replyTo?: ReplyTo;
}

export interface LocationIn {
  latitude: number;
  longitude: number;
  name?: string;
  address?: string;
}

export interface LocationMessageIn {
  type: "location";
  location: LocationIn;
  replyTo?: ReplyTo;
}

export type CardText = string;

export interface ContactCardIn {
  /** `formattedName` and at least one other part. */
  name: {
    formattedName: CardText;
    firstName?: CardText;
    lastName?: CardText;
    middleName?: CardText;
    suffix?: CardText;
    prefix?: CardText;
  };
  phones?: {
    phone: CardText;
    type?: CardText;
    waId?: CardText;
  }[];
  emails?: {
    email: CardText;
    type?: CardText;
  }[];
  addresses?: {
    street: CardText;
    city?: CardText;
    state?: CardText;
    zip?: CardText;
    country?: CardText;
    countryCode?: CardText;
    type?: CardText;
  }[];
  urls?: {
    url: CardText;
    type?: CardText;
  }[];
  org?: {
    company?: CardText;
    department?: CardText;
    title?: CardText;
  };
  birthday?: string;
}

export interface ContactsMessageIn {
  type: "contacts";
  contacts: ContactCardIn[];
  replyTo?: ReplyTo;
}

export interface ReactionMessageIn {
  type: "reaction";
  reaction: {
    /** The message that is reacted to. */
    messageId: string;
    /** Empty takes the reaction back. */
    emoji: string;
  };
}

export type InteractiveBody = string;

export type InteractiveFooter = string;

export interface TextHeaderIn {
  type: "text";
  text: string;
}

export interface ImageHeaderIn {
  type: "image";
  image: PlainMediaIn;
}

export interface VideoHeaderIn {
  type: "video";
  video: PlainMediaIn;
}

export interface DocumentHeaderIn {
  type: "document";
  document: HeaderDocumentIn;
}

export type InteractiveHeaderIn = TextHeaderIn | ImageHeaderIn | VideoHeaderIn | DocumentHeaderIn;

export interface ButtonsIn {
  type: "button";
  header?: InteractiveHeaderIn;
  body: InteractiveBody;
  footer?: InteractiveFooter;
  /** Ids and titles differ from each other. */
  buttons: {
    /** Comes back when it is tapped. */
    id: string;
    title: string;
  }[];
}

export interface ListIn {
  type: "list";
  header?: TextHeaderIn;
  body: InteractiveBody;
  footer?: InteractiveFooter;
  /** Opens the list. */
  button: string;
  /** At most ten rows in all; more than one section need titles. */
  sections: {
    title?: string;
    rows: {
      /** Comes back when it is chosen. */
      id: string;
      title: string;
      description?: string;
    }[];
  }[];
}

export interface LinkButtonIn {
  type: "cta_url";
  header?: InteractiveHeaderIn;
  body: InteractiveBody;
  footer?: InteractiveFooter;
  displayText: string;
  url: string;
}

export interface LocationRequestIn {
  type: "location_request";
  body: InteractiveBody;
}

export type CatalogId = string;

export interface ProductIn {
  type: "product";
  body?: InteractiveBody;
  footer?: InteractiveFooter;
  catalogId: CatalogId;
  productRetailerId: CatalogId;
}

export interface ProductListIn {
  type: "product_list";
  header: TextHeaderIn;
  body: InteractiveBody;
  footer?: InteractiveFooter;
  catalogId: CatalogId;
  /** At most 30 products in all; more than one section need titles. */
  sections: {
    title?: string;
    productRetailerIds: CatalogId[];
  }[];
}

export interface CatalogIn {
  type: "catalog";
  body: InteractiveBody;
  footer?: InteractiveFooter;
  thumbnailProductRetailerId?: CatalogId;
}

export interface FormIn {
  type: "flow";
  header?: InteractiveHeaderIn;
  body: InteractiveBody;
  footer?: InteractiveFooter;
  /** A WhatsApp Flow, named by exactly one of `id` and `name`. */
  flow: {
    id?: string;
    name?: string;
    /** The button that opens it. */
    label: string;
    /** Comes back with the answer. */
    token?: string;
    mode?: "draft" | "published";
    action?: "navigate" | "data_exchange";
    screen?: string;
    /** Handed to the first screen. */
    data?: {
      [member: string]: unknown;
    };
  } & ({ id: string } | { name: string });
}

export interface InteractiveMessageIn {
  type: "interactive";
  interactive: ButtonsIn | ListIn | LinkButtonIn | LocationRequestIn | ProductIn | ProductListIn | CatalogIn | FormIn;
  replyTo?: ReplyTo;
}

export interface TextParameterIn {
  type: "text";
  parameterName?: string;
  text: string;
}

export interface CurrencyParameterIn {
  type: "currency";
  currency: {
    fallbackValue: string;
    code: string;
    amount1000: number;
  };
}

export interface DateTimeParameterIn {
  type: "date_time";
  dateTime: {
    fallbackValue: string;
  };
}

export interface LocationParameterIn {
  type: "location";
  location: LocationIn;
}

export interface PayloadParameterIn {
  type: "payload";
  payload: string;
}

export interface CouponParameterIn {
  type: "coupon_code";
  couponCode: string;
}

export interface ActionParameterIn {
  type: "action";
  action: {
    flowToken?: string;
    flowActionData?: {
      [member: string]: unknown;
    };
  };
}

export type TemplateParameterIn = TextParameterIn | CurrencyParameterIn | DateTimeParameterIn | ImageHeaderIn | VideoHeaderIn | DocumentHeaderIn | LocationParameterIn | PayloadParameterIn | CouponParameterIn | ActionParameterIn;

export type TemplateComponentIn = {
  type: "header" | "body";
  parameters: TemplateParameterIn[];
} | {
  type: "button";
  subType: "url" | "flow" | "catalog" | "mpm" | "quick_reply" | "copy_code";
  /** Its place among all buttons, from 0. */
  index: number;
  parameters?: TemplateParameterIn[];
};

export interface TemplateMessageIn {
  type: "template";
  template: {
    name: string;
    language: string;
    components?: TemplateComponentIn[];
  };
  replyTo?: ReplyTo;
}

export interface UsageAllowance {
  dailyLimit: AllowanceLimit;
  /** Messages of bot and API that are left of today. */
  dailyRemaining: number;
  monthlyLimit: AllowanceLimit;
  /** `monthlyLimit` less `conversationsThisMonth`, and never below 0. */
  monthlyRemaining: number;
}

/** The most of it, a day or a month. */
export type AllowanceLimit = number;

/** The most messages of one bot in a minute, sent by it or with a key. */
export type PerMinute = number;

export type Count = number;

export interface Usage {
  restaurantId: string;
  restaurantName: string;
  conversationsThisMonth: Count;
  /** When the last counted conversation opened. */
  lastConversationAt: string | null;
  allowance: UsageAllowance;
  /** The first message that was counted. */
  firstActivity: string | null;
  /** The last one. */
  lastActivity: string | null;
  /** The restaurant is active and had a message in the last 30 days. */
  isActive: boolean;
}

export interface UsageWithHistory {
  restaurantId: string;
  restaurantName: string;
  conversationsThisMonth: Count;
  /** When the last counted conversation opened. */
  lastConversationAt: string | null;
  allowance: UsageAllowance;
  /** The first message that was counted. */
  firstActivity: string | null;
  /** The last one. */
  lastActivity: string | null;
  /** The restaurant is active and had a message in the last 30 days. */
  isActive: boolean;
  /** The current month first. */
  history: UsageMonth[];
}

export interface UsageMonth {
  month: number;
  year: number;
  conversationCount: Count;
  lastConversationAt: string | null;
}

export interface UsagePage {
  data: Usage[];
  pagination: OffsetPagination;
}

export interface Allowances {
  restaurantId: string;
  restaurantName: string;
  dailyLimit: AllowanceLimit;
  dailyRemaining: number;
  /** When the next day begins, in the zone that the restaurant had when this one did. */
  dailyResetsAt: string;
  monthlyLimit: AllowanceLimit;
  monthlyRemaining: number;
  monthlyResetsAt: string;
  perMinute: PerMinute;
}

export interface AllowancesIn {
  dailyLimit: AllowanceLimit;
  monthlyLimit: AllowanceLimit;
  perMinute: PerMinute;
}

export interface QueuePage {
  data: Queue[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface Queue {
  name: string;
  /** Whether nothing is taken from it. */
  paused: boolean;
  pausedAt: string | null;
  /** What all nodes together may take of it; null for as much as they can. */
  limits: {
    /** Jobs that may start in any window of `seconds`. */
    starts: number | null;
    seconds: number | null;
    /** Jobs that may run at once. */
    running: number | null;
  };
  counts: QueueCounts;
  /** How long the job that waits longest could have run; null when none waits. */
  oldestReadySeconds: number | null;
  /** When `counts` and `oldestReadySeconds` were so; null before the first time. */
  measuredAt: string | null;
  lastMinute: QueueThroughput;
}

/** Jobs by state. */
export interface QueueCounts {
  /** May run, or wait in their lane for those before them. */
  ready: number;
  running: number;
  /** Wait for a moment. */
  delayed: number;
  /** Failed, and wait for their next attempt. */
  retrying: number;
  /** Given up. */
  dead: number;
}

/** Attempts that ended in sixty seconds, up to ten seconds ago. */
export interface QueueThroughput {
  done: number;
  /** Failed, and will be tried again. */
  retried: number;
  /** Failed for the last time. */
  dead: number;
}

export type QueueWithHistory = Queue & {
  /** The last sixty minutes, oldest first; the last one has not ended. */
  history: QueueMinute[];
};

export interface QueueMinute {
  start: string;
  done: number;
  retried: number;
  dead: number;
}

/**
 * `ready` may run, or waits in its lane for those before it; `delayed` waits for a moment, `retrying` for its next attempt; `dead` was given up and can be
 * replayed; `discarded` was, until somebody threw it away; `replaced` goes on as `successorId`.
 */
export type JobState = "ready" | "running" | "delayed" | "retrying" | "dead" | "done" | "cancelled" | "discarded" | "replaced" | (string & {});

export interface Job {
  id: number;
  queue: string;
  merchantId: string;
  state: JobState;
  /** Its lane: jobs of one key run in order, one at a time. */
  key: string | null;
  kind: string | null;
  /** What it was told. */
  arguments: {
    [member: string]: unknown;
  } | null;
  attempts: number;
  maxAttempts: number | null;
  enqueuedAt: string | null;
  /** When a delayed or retrying one may run. */
  runsAt: string | null;
  finishedAt: string | null;
  /** Why its last attempt failed. */
  reason: string | null;
  successorId: number | null;
}

export interface DeadLetterPage {
  data: DeadLetter[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface DeadLetter {
  id: number;
  queue: string;
  merchantId: string;
  key: string;
  kind: string;
  attempts: number;
  maxAttempts: number;
  enqueuedAt: string;
  diedAt: string;
  /** Why its last attempt failed. */
  reason: string;
}

export interface DeadLetterFilter {
  /** Of which queue; there is none for all of them. */
  queue: string;
  kind?: string | null;
  merchantId?: string | null;
  /** Given up at this moment or later. */
  from?: string | null;
  /** Given up before this moment. */
  to?: string | null;
}

export interface ReplayedJobs {
  replayed: number;
  /** Whether there may be more of them. */
  hasMore: boolean;
}

export interface DiscardedJobs {
  discarded: number;
  /** Whether there may be more of them. */
  hasMore: boolean;
}

export interface QuarantinedUpdate {
  id: string;
  provider: "meta" | "whapi" | "twilio" | (string & {});
  providerNumberId: string | null;
  /**
   * Why no channel took it; `other_app` was signed by an app that is not the number's, in a request that also names a number of that app (one
   * that names none is refused with 401).
   */
  reason: "unknown_number" | "other_app" | "no_number" | "unreadable" | (string & {});
  receivedAt: string;
  /** The update as the provider sent it, as text. */
  payload: string;
}

export interface QuarantinePage {
  data: QuarantinedUpdate[];
  nextCursor: NextCursor;
  hasMore: HasMore;
}

export interface Stored {
  status: "ok";
}

/** What a bot that runs elsewhere tells. The types are called as our own events are. */
export type BotWebhook = BotConnectedEvent | BotDisconnectedEvent | BotMessageReceivedEvent | BotMessageSentEvent | BotMessageStatusEvent | BotOrderCreatedEvent | BotOrderStatusEvent;

/** The bot's own name of the event. One that comes again has no second effect. */
export type BotEventId = string;

/** When it happened, within the last seven days; the same when the event is sent again. */
export type BotEventTime = string;

export interface BotConnectedEvent {
  id: BotEventId;
  type: "bot_connected";
  timestamp: BotEventTime;
  data?: {
    [member: string]: never;
  };
}

export interface BotDisconnectedEvent {
  id: BotEventId;
  type: "bot_disconnected";
  timestamp: BotEventTime;
  data?: {
    /** Shown as the channel's `stoppedReason`. */
    reason?: string;
  };
}

export interface BotMessageReceivedEvent {
  id: BotEventId;
  type: "message_received";
  timestamp: BotEventTime;
  data: BotReceivedMessage;
}

export interface BotMessageSentEvent {
  id: BotEventId;
  type: "message_sent";
  timestamp: BotEventTime;
  data: BotSentMessage;
}

export interface BotMessageStatusEvent {
  id: BotEventId;
  type: "message_status_changed";
  timestamp: BotEventTime;
  data: BotMessageStatus;
}

export interface BotOrderCreatedEvent {
  id: BotEventId;
  type: "order_created";
  timestamp: BotEventTime;
  data: BotOrder;
}

export interface BotOrderStatusEvent {
  id: BotEventId;
  type: "order_status_changed";
  timestamp: BotEventTime;
  data: BotChangedOrder;
}

/** The customer: `phone`, `userId` or both. */
export type BotContact = {
  /** E.164; the forms of WhatsApp's own programs are read too, such as 966500000001@c.us. */
  phone?: string;
  /** WhatsApp's id of a customer without a number. */
  userId?: string;
  name?: string;
} & ({ phone: string } | { userId: string });

/** What a customer wrote. The member named as `type` has what it says. */
export interface BotReceivedMessage {
  /** The bot's id of the message. */
  messageId: string;
  contact: BotContact;
  /** The group that it was written in. */
  groupId?: string;
  /** The message that this one quotes. */
  quotedMessageId?: string;
  type: "text" | "image" | "video" | "audio" | "document" | "sticker" | "location" | "contacts" | "reaction" | "interactive" | "unsupported";
  text?: {
    body: string;
  };
  image?: CaptionedMediaIn;
  video?: CaptionedMediaIn;
  audio?: BotAudio;
  document?: BotDocument;
  sticker?: PlainMediaIn;
  location?: LocationIn;
  contacts?: ContactCardIn[];
  reaction?: BotReaction;
  interactive?: BotReply;
  unsupported?: BotUnsupported;
}

/** What the bot wrote; shown with the sender `bot`. The member named as `type` has what it says. Without `groupId` it needs `contact`. */
export interface BotSentMessage {
  /** The bot's id of the message. */
  messageId: string;
  contact?: BotContact;
  /** The group that it was written in. */
  groupId?: string;
  /** The message that this one quotes. */
  quotedMessageId?: string;
  type: "text" | "image" | "video" | "audio" | "document" | "sticker" | "location" | "contacts" | "reaction" | "interactive" | "template" | "unsupported";
  text?: {
    body: string;
  };
  image?: CaptionedMediaIn;
  video?: CaptionedMediaIn;
  audio?: BotAudio;
  document?: BotDocument;
  sticker?: PlainMediaIn;
  location?: LocationIn;
  contacts?: ContactCardIn[];
  reaction?: BotReaction;
  /** As that of a message that is sent through us. */
  interactive?: {
    [member: string]: unknown;
  };
  /** As that of a message that is sent through us. */
  template?: {
    [member: string]: unknown;
  };
  unsupported?: BotUnsupported;
}

/** Exactly one of `link` and `mediaId`. */
export type BotAudio = {
  link?: MediaLink;
  mediaId?: MediaId;
  voice?: boolean;
} & ({ link: MediaLink } | { mediaId: MediaId });

/** Exactly one of `link` and `mediaId`. */
export type BotDocument = {
  link?: MediaLink;
  mediaId?: MediaId;
  caption?: Caption;
  filename?: string;
} & ({ link: MediaLink } | { mediaId: MediaId });

export interface BotReaction {
  /** The bot's id of the message that is reacted to. */
  messageId: string;
  /** Empty takes the reaction back. */
  emoji: string;
}

/** A button or a row of a list that the customer tapped. */
export interface BotReply {
  type: "button_reply" | "list_reply";
  reply: {
    id: string;
    title: string;
    description?: string;
  };
}

/** What has no other type, such as a poll; kept and shown as it is. */
export interface BotUnsupported {
  [member: string]: unknown;
}

/** A message that the bot told of with `message_sent` got further; never backwards. Without `groupId` it needs `contact`, to whom it went. */
export interface BotMessageStatus {
  /** The bot's id of the message. */
  messageId: string;
  contact?: BotContact;
  /** The group that it was written in. */
  groupId?: string;
  status: "sent" | "delivered" | "read" | "played" | "failed";
  /** With `failed` only. */
  errorCode?: string;
  /** With `failed` only. */
  errorDetail?: string;
}

export interface BotOrderAmount {
  /** In minor units. */
  amount: number;
  currency: string;
}

/** Whatever else is there is kept as it is. */
export interface BotOrder {
  /** The bot's id of the order. */
  orderId: string;
  newStatus?: string;
  amount?: BotOrderAmount;
  [member: string]: unknown;
}

/** Whatever else is there is kept as it is. */
export interface BotChangedOrder {
  /** The bot's id of the order. */
  orderId: string;
  newStatus: string;
  amount?: BotOrderAmount;
  [member: string]: unknown;
}

export interface BotWebhookAccepted {
  /** `duplicate`: an event of this id was stored before. */
  status: "accepted" | "duplicate" | (string & {});
}

/** Meta's own format; anything signed is taken. */
export interface MetaWebhook {
  [member: string]: unknown;
}
