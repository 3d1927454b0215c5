// OPTIONS: what a page may give. The types of options, and what is refused, are made of one table.

import { tellOnce } from "./tell.js";
import type { Listener, Supplied, UploadFile } from "./types.js";

/** What an option may be; `T` is its type for those who have types. */
interface Kind<T> {
  type: "string" | "boolean" | "number" | "function" | "object";
  allowed: string;
  fits?: (value: T) => boolean;
}

export const text: Kind<string> = { type: "string", allowed: "text" };
/** What a URL, a header or a checkpoint is to hold. */
export const ascii: Kind<string> = {
  type: "string",
  allowed: "up to 1000 characters of visible ASCII",
  fits: (value) => /^[\x20-\x7e]{0,1000}$/.test(value),
};
const flag: Kind<boolean> = { type: "boolean", allowed: "true or false" };
const time: Kind<number> = {
  type: "number",
  allowed: "a number of milliseconds",
  fits: (millis) => millis >= 0 && millis <= Number.MAX_SAFE_INTEGER,
};
const upTo = (most: number): Kind<number> => ({
  type: "number",
  allowed: `a whole number up to ${most}`,
  fits: (number) => number >= 0 && number <= most && Number.isInteger(number),
});
const count = upTo(4_294_967_295);
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
  seed: upTo(Number.MAX_SAFE_INTEGER),
  /** Resume from here. */
  checkpoint: text,
  /** Keep checkpoints in `sessionStorage` under this name, and resume from what is there. */
  storageKey: text,
  /** What to show of a conversation that `storageKey` resumes. Default: what is new. */
  history,
  /** Sent along as `x-ms-bot-agent`. */
  botAgent: ascii,
};

/** What a conversation is opened with. */
export type ConversationOptions = {
  [Name in keyof typeof OPTIONS]?: (typeof OPTIONS)[Name] extends Kind<infer T> ? T : never;
};

export function checkPresent(options: unknown): void {
  if (typeOf(options) !== "object") {
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
  if (value === undefined) return;
  const own = typeOf(value);
  if (own !== type) throw new TypeError(`${name} is of the type ${own}, allowed is ${allowed}`);
  if (fits && !fits(value as T)) throw new RangeError(`${name} is ${short(String(value))}, allowed is ${allowed}`);
}

export function typeOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "array" : typeof value;
}

const CALLS: { [call in keyof Listener]-?: boolean } = { activities: true, event: false, checkpoint: false, ended: false };

/** Whether a conversation can tell what it has to. */
export function checkListener(listener: Listener): void {
  if (typeOf(listener) !== "object") throw new TypeError("the listener is missing, allowed is an object with activities");
  for (const [name, isNeeded] of Object.entries(CALLS)) {
    const own = typeOf(listener[name as keyof Listener]);
    if (own === "function" || (own === "undefined" && !isNeeded)) continue;
    throw new TypeError(`${name} of the listener is of the type ${own}, allowed is a function`);
  }
  for (const [name, value] of Object.entries(listener)) {
    if (typeof value === "function" && !(name in CALLS)) tellOnce(`${name} of the listener is never called`);
  }
}

/** An activity as it is posted. */
export function json(activity: unknown): string {
  if (typeof activity === "string") return activity;
  if (typeOf(activity) === "object") return JSON.stringify(activity);
  throw new TypeError(`the activity is of the type ${typeOf(activity)}, allowed is an object or its JSON`);
}

export function checkFiles(files: UploadFile[]): void {
  const isFile = (file: UploadFile) => typeof file?.name === "string" && file.bytes instanceof Uint8Array;
  if (Array.isArray(files) && files.every(isFile)) return;
  throw new TypeError("files are something else, allowed is a list of { name, contentType, bytes }");
}

/** What a session says of its settings and posts, by the names that a page gives them. */
export function named<T>(call: () => T): T {
  try {
    return call();
  } catch (error) {
    const name = (setting: string) => NAMES[setting] ?? setting.replace(/[.-](.)/g, (_, letter) => letter.toUpperCase());
    const own = error as Error;
    own.message = short(own.message.replace(/^(post|upload) \d+/, "the activity").replace(/^[a-z.-]+(?= is )/, name));
    throw own;
  }
}

const NAMES: { [setting: string]: string } = {
  base: "domain",
  "poll.interval": "pollingInterval",
  "request.timeout": "timeout",
  "user.id": "userId",
  "user.name": "userName",
};

/** Nobody reads more of what was given. */
function short(value: string): string {
  return value.length > 300 ? `${value.slice(0, 100)}…${value.slice(-200)}` : value;
}
