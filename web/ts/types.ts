// TYPES: what a page gives and gets.

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
