// TAB: of the tabs with one conversation one has it; the others wait until that one is done with it.

import { tellOnce } from "./tell.js";

/** Gives the conversation to this tab: at once, or after `elsewhere`, and until `over`. */
export function take(conversation: string, over: AbortSignal, taken: () => void, elsewhere: () => void): void {
  const name = `directline:${conversation}`;
  if (!navigator.locks) return ask(name, over, taken, elsewhere);
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
    tellOnce(`no lock is to be had: ${error}`);
    ask(name, over, taken, elsewhere);
  });
}

/** Without locks, which only secure pages have, tabs ask each other: who hears nothing has it. */
function ask(name: string, over: AbortSignal, taken: () => void, elsewhere: () => void): void {
  const [channel, own] = [new BroadcastChannel(name), Math.random()];
  let [has, isTold] = [false, false];
  let wait: ReturnType<typeof setTimeout> | undefined;
  const have = () => {
    clearInterval(looking);
    has = true;
    taken();
  };
  const look = () => {
    channel.postMessage(own);
    wait = setTimeout(have, ANSWERED_WITHIN);
  };
  const looking = setInterval(look, ASK_EVERY);
  channel.onmessage = ({ data }) => {
    // Of those that ask at once, one has the higher number.
    if (data !== TAKEN) return has || data < own ? channel.postMessage(TAKEN) : undefined;
    if (has) return;
    clearTimeout(wait);
    if (!isTold) elsewhere();
    isTold = true;
  };
  over.addEventListener("abort", () => [clearTimeout(wait), clearInterval(looking), channel.close()]);
  look();
}

const TAKEN = "taken";
/** Messages between tabs take a few milliseconds, also where a page is hidden. */
const ANSWERED_WITHIN = 200;
const ASK_EVERY = 2_000;
