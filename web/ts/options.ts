// OPTIONS: what a page gives, held to what is allowed, and where an earlier page has stopped.

import type { Clock } from "./clock.js";
import { tellOnce } from "./tell.js";
import type { ConversationOptions } from "./types.js";
import { Machine } from "./wasm/directline_core.js";

/** What the host takes for itself; all else is the machine's. */
const OWN = ["checkpoint", "storageKey", "history", "fetchToken", "botAgent"] as const;

/** A machine with these options; a TypeError or a RangeError names what is wrong with one. */
export function prepare(options: ConversationOptions, keeps: boolean, clock: Clock): Machine {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("options are missing, allowed is an object");
  }
  const { checkpoint, storageKey, history, fetchToken, botAgent } = options;
  const wrong = (name: string, value: unknown, allowed: string) =>
    new TypeError(`${name} is of the type ${value === null ? "null" : typeof value}, allowed is ${allowed}`);
  for (const [name, value] of Object.entries({ checkpoint, storageKey, botAgent })) {
    if (value !== undefined && typeof value !== "string") throw wrong(name, value, "text");
  }
  if (fetchToken !== undefined && typeof fetchToken !== "function") {
    throw wrong("fetchToken", fetchToken, "a function");
  }
  if (![undefined, "everything", "new"].includes(history)) {
    throw new TypeError(`history is ${JSON.stringify(history)}, allowed is "everything" or "new"`);
  }
  const rest = Object.fromEntries(Object.entries(options).filter(([name]) => !OWN.includes(name as never)));
  // The browser writes names of hosts in ASCII, which is all that the machine is built to read.
  if (typeof rest.domain === "string" && URL.canParse(rest.domain)) rest.domain = new URL(rest.domain).href;
  const { now } = clock.read();
  const place = storedCheckpoint(options);
  try {
    return new Machine(rest, place, keeps, now);
  } catch (error) {
    if (storageKey === undefined || place === checkpoint || !/checkpoint/.test(String(error))) throw error;
    return forget(storageKey), new Machine(rest, checkpoint, keeps, now);
  }
}

/** Where to go on: what an earlier page has kept, or what this one was given. */
export function storedCheckpoint({ storageKey, checkpoint, history }: ConversationOptions): string | undefined {
  if (storageKey === undefined) return checkpoint;
  let place: { [name: string]: unknown };
  const stored = sessionStorage.getItem(storageKey);
  if (stored === null) return checkpoint;
  try {
    place = JSON.parse(stored);
  } catch {
    return forget(storageKey), checkpoint;
  }
  if (history !== "everything") return stored;
  // From the beginning, with what is still to be sent. The history is read beside the stream then, and
  // what is said meanwhile may come before it; Web Chat puts them in order by their time.
  const { version, conversation, posts } = place;
  return JSON.stringify({ version, conversation, posts });
}

/** What nobody can resume from keeps no page from beginning anew. */
function forget(storageKey: string): void {
  tellOnce(`what ${storageKey} holds in sessionStorage is no checkpoint: a new conversation begins`);
  sessionStorage.removeItem(storageKey);
}

/** No two conversations wait for the same time, or name their posts alike. */
export function draw(): number {
  const [low, high] = crypto.getRandomValues(new Uint32Array(2));
  return low! + (high! % 2 ** 20) * 2 ** 32;
}
