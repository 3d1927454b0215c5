// PLACE: where a conversation has got to, kept in `sessionStorage` for the page after this one.

import type { ConversationOptions } from "./options.js";
import { tellOnce } from "./tell.js";

/** Where to go on: what an earlier page has kept, or what this one was given. */
export function stored({ storageKey, checkpoint, history }: ConversationOptions): string | undefined {
  const kept = using(storageKey, (key) => sessionStorage.getItem(key));
  if (kept === undefined || kept === null) return checkpoint;
  try {
    // From the beginning, with what is still to be sent. The history is read beside the stream then, and
    // what is said meanwhile may come before it; Web Chat puts them in order by their time.
    const { version, conversation, posts } = JSON.parse(kept);
    return history === "everything" ? JSON.stringify({ version, conversation, posts }) : kept;
  } catch {
    // It is no JSON, which is told as is what is no checkpoint.
    return kept;
  }
}

export function keep({ storageKey }: ConversationOptions, checkpoint: string): void {
  using(storageKey, (key) => sessionStorage.setItem(key, checkpoint));
}

export function forget({ storageKey }: ConversationOptions): void {
  using(storageKey, (key) => sessionStorage.removeItem(key));
}

/** A browser may have no storage for this page, forbid it, or have no room in it. */
function using<T>(key: string | undefined, use: (key: string) => T): T | undefined {
  if (key === undefined) return undefined;
  try {
    return use(key);
  } catch (error) {
    tellOnce(`sessionStorage cannot be used, so that a reload goes on from an earlier place: ${error}`);
    return undefined;
  }
}
