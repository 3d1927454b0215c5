// TAB: of the tabs with one conversation one has it; the others wait until that one is done with it.

import { tellOnce } from "./tell.js";

/**
 * Gives the conversation to this tab: at once, or after `elsewhere`, and until `over`. Where there is
 * no lock to be had, it is given too.
 */
export function take(conversation: string, over: AbortSignal, taken: () => void, elsewhere: () => void): void {
  if (!navigator.locks) {
    tellOnce("without Web Locks, two tabs with one conversation evict each other");
    return taken();
  }
  const name = `directline:${conversation}`;
  const hold = () =>
    new Promise<void>((done) => {
      over.addEventListener("abort", () => done());
      over.aborted ? done() : taken();
    });
  const first = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
    if (lock) return hold();
    elsewhere();
    navigator.locks.request(name, { signal: over }, hold).catch(() => {});
  });
  first.catch((error) => {
    if (over.aborted) return;
    tellOnce(`no lock is to be had, so that two tabs may evict each other: ${error}`);
    taken();
  });
}
