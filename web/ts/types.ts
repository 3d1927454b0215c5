// TYPES: what a page gives and gets.

/** What a conversation is opened with. Times are milliseconds. */
export interface ConversationOptions {
  /** A token for one conversation, or a site's secret, which belongs on no page. One is needed. */
  token?: string;
  secret?: string;
  /** How long the token lives from now on, where that is known. */
  tokenLifetime?: number;
  /** Asked for when the token has run out or was refused; of the same conversation, if there is one. */
  fetchToken?: (conversation: string | undefined) => Promise<Supplied> | Supplied;
  /** The service, with or without `/v3/directline`. */
  domain?: string;
  userId?: string;
  userName?: string;
  locale?: string;
  /** `false`: poll, and open no socket. */
  webSocket?: boolean;
  pollingInterval?: number;
  /** How long a request may take. */
  timeout?: number;
  connectTimeout?: number;
  keepaliveInterval?: number;
  livenessTimeout?: number;
  backoffInitial?: number;
  backoffMax?: number;
  /** How many requests for a connection may follow each other; in the long run there is one in 5 s. */
  attemptsAtOnce?: number;
  /** How long it may be without a connection before it ends. */
  outageMax?: number;
  /** Ask the bot to answer in pieces. */
  streaming?: boolean;
  /** Use the secret for everything, and no token. */
  secretOnly?: boolean;
  /** Of a conversation resumed without a watermark, show only what is new. */
  onlyNew?: boolean;
  /** Add `channelData.clientActivityID` to posts that have none. Default: yes. */
  echoKeys?: boolean;
  /** Keep unsent posts in checkpoints. Default: yes. */
  keepPosts?: boolean;
  postsMax?: number;
  seed?: number;
  /** Resume from here. */
  checkpoint?: string;
  /** Keep checkpoints in `sessionStorage` under this name, and resume from what is there. */
  storageKey?: string;
  /** What to show of a conversation that `storageKey` resumes. Default: what is new. */
  history?: "everything" | "new";
  /** Sent along as `x-ms-bot-agent`. */
  botAgent?: string;
}

/** A token, perhaps with the milliseconds it has to live. */
export type Supplied = string | { token: string; tokenLifetime?: number };

/** Whom a conversation tells. */
export interface Listener {
  /** New activities, in order, each the JSON that came in. */
  activities(activities: string[]): void;
  /** Anything else, by its name. */
  event?(event: ConversationEvent): void;
  /** Where to resume from; store it as soon as it is told. */
  checkpoint?(checkpoint: string): void;
  /** It is over. Always the last. */
  ended?(end: { how: "closed" | "completed" | "failed"; reason: string; isResumable: boolean }): void;
}

export type Status = "connecting" | "live" | "polling" | { waiting: { until: number } } | "needs_token" | "offline" | "ended";

export type ConversationEvent =
  | { status: Status }
  | { joined: { conversation: string } }
  | { posted: { key: number; outcome: PostOutcome } }
  | { gap: unknown }
  | { needs_token: { refusal: unknown } }
  | { faulted: unknown }
  /** Another tab has this conversation; it goes on here when that one is done with it. */
  | { elsewhere: { conversation: string } };

/** What became of a post. One that is unknown is never sent again by itself. */
export type PostOutcome =
  | { sent: { id: string | null } }
  | { unknown: { cause: unknown } }
  | { rejected: { status: number; message: string | null } }
  | "queue_full"
  | "not_sent"
  | "kept";

export interface UploadFile {
  name: string;
  contentType: string;
  bytes: Uint8Array;
}
