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

/** What a program goes by. A code is never renamed and keeps its status; new ones may come. */
export type ProblemCode = "malformed_request" | "malformed_json" | "body_required" | "repeated_parameter" | "repeated_header" | "conflicting_credentials" | "restaurant_required" | "invalid_restaurant_id" | "invalid_cursor" | "idempotency_key_required" | "invalid_idempotency_key" | "credential_required" | "invalid_credential" | "credential_in_url" | "invalid_signature" | "allowance_exhausted" | "forbidden" | "restaurant_forbidden" | "restaurant_suspended" | "not_found" | "method_not_allowed" | "request_timeout" | "conflict" | "service_window_closed" | "conversation_closed" | "message_not_resendable" | "channel_not_connected" | "number_taken" | "request_in_progress" | "version_mismatch" | "body_too_large" | "address_too_long" | "unsupported_media_type" | "unsupported_content_encoding" | "validation_failed" | "idempotency_key_reused" | "provider_refused" | "precondition_required" | "rate_limited" | "headers_too_large" | "internal_error" | "not_stored" | "provider_unavailable" | "unavailable" | "deadline_exceeded" | (string & {});

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

export interface Merchant {
  /** `X-Restaurant-Id`. */
  id: string;
  name: string;
  status: "active" | "suspended" | "closed";
  /** IANA name. */
  timeZone: string;
  locale: string;
  /** ISO 4217. */
  currency: string;
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
  provider: "meta" | "whapi" | "twilio" | (string & {});
  /** The provider's id of the number. */
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
  /** What the provider complained about. */
  stoppedReason: string | null;
  version: Version;
  createdAt: string;
  updatedAt: string;
}

export interface ChannelIn {
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

/** Meta's own format; anything signed is taken. */
export interface MetaWebhook {
  [member: string]: unknown;
}
