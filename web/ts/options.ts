// OPTIONS: what a page may give, in one table: the types, and what is refused, are made of it.

import type { Supplied } from "./types.js";

/** What an option may be; `T` is its type for those who have types. */
interface Kind<T> {
  type: "string" | "boolean" | "number" | "function";
  allowed: string;
  fits?: (value: T) => boolean;
}

export const text: Kind<string> = { type: "string", allowed: "text" };
const flag: Kind<boolean> = { type: "boolean", allowed: "true or false" };
const time: Kind<number> = {
  type: "number",
  allowed: "a number of milliseconds",
  fits: (millis) => millis >= 0 && millis <= Number.MAX_SAFE_INTEGER,
};
const count: Kind<number> = {
  type: "number",
  allowed: "a whole number",
  fits: (number) => number >= 0 && Number.isSafeInteger(number),
};
const history: Kind<"everything" | "new"> = {
  type: "string",
  allowed: '"everything" or "new"',
  fits: (value) => ["everything", "new"].includes(value),
};
const call: Kind<(conversation: string | undefined) => Promise<Supplied> | Supplied> = {
  type: "function",
  allowed: "a function",
};

const OPTIONS = {
  /** A token for one conversation, or a site's secret, which belongs on no page. One is needed. */
  token: text,
  secret: text,
  /** How long the token lives from now on, where that is known. Times are milliseconds. */
  tokenLifetime: time,
  /** Asked for when the token has run out or was refused; of the same conversation, if there is one. */
  fetchToken: call,
  /** The service, with or without `/v3/directline`. */
  domain: text,
  userId: text,
  userName: text,
  locale: text,
  /** `false`: poll, and open no socket. */
  webSocket: flag,
  pollingInterval: time,
  /** How long a request may take. */
  timeout: time,
  connectTimeout: time,
  keepaliveInterval: time,
  livenessTimeout: time,
  backoffInitial: time,
  backoffMax: time,
  /** How many requests for a connection may follow each other; in the long run there is one in 5 s. */
  attemptsAtOnce: count,
  /** How long it may be without a connection before it ends. */
  outageMax: time,
  /** Ask the bot to answer in pieces. */
  streaming: flag,
  /** Use the secret for everything, and no token. */
  secretOnly: flag,
  /** Of a conversation resumed without a watermark, show only what is new. */
  onlyNew: flag,
  /** Add `channelData.clientActivityID` to posts that have none. Default: yes. */
  echoKeys: flag,
  /** Keep unsent posts in checkpoints. Default: yes. */
  keepPosts: flag,
  postsMax: count,
  seed: count,
  /** Resume from here. */
  checkpoint: text,
  /** Keep checkpoints in `sessionStorage` under this name, and resume from what is there. */
  storageKey: text,
  /** What to show of a conversation that `storageKey` resumes. Default: what is new. */
  history,
  /** Sent along as `x-ms-bot-agent`. */
  botAgent: text,
};

/** What a conversation is opened with. */
export type ConversationOptions = {
  [Name in keyof typeof OPTIONS]?: (typeof OPTIONS)[Name] extends Kind<infer T> ? T : never;
};

export function checkPresent(options: unknown): void {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("options are missing, allowed is an object");
  }
}

/** Throws a TypeError or a RangeError that names the option, its value and what is allowed. */
export function check(options: ConversationOptions): void {
  checkPresent(options);
  for (const [name, value] of Object.entries(options)) {
    const kind = OPTIONS[name as keyof ConversationOptions] as Kind<any> | undefined;
    if (kind === undefined && value !== undefined) throw new TypeError(`${name} is not known here`);
    if (kind) checkOne(name, value, kind);
  }
  if ([options.token, options.secret].every((one) => one === undefined)) {
    throw new TypeError("token is missing, as is secret: one is needed");
  }
}

/** The same of one; its value is shown only where it can be no credential. */
export function checkOne<T>(name: string, value: unknown, { type, allowed, fits }: Kind<T>): void {
  const own = value === null ? "null" : typeof value;
  if (own === "undefined") return;
  if (own !== type) throw new TypeError(`${name} is of the type ${own}, allowed is ${allowed}`);
  if (fits && !fits(value as T)) throw new RangeError(`${name} is ${value}, allowed is ${allowed}`);
}
