// CONVERSATION: the machine with the browser's own fetch, WebSocket and timers. It performs what the
// machine wants, tells it what happened, and decides nothing.

import init, { type Machine } from "./wasm/directline_core.js";
import { Clock, PAUSE_MIN } from "./clock.js";
import { draw, prepare, storedCheckpoint } from "./options.js";
import { tellOnce } from "./tell.js";
import type { ConversationOptions, Listener, PostOutcome, Supplied, UploadFile } from "./types.js";

await init();

const LOOK_EVERY = 5_000;
/** Far from what timers of a browser can hold; a timeout that comes early is harmless. */
const SLEEP_MAX = 3_600_000;

/** Throws what is wrong with the options: a TypeError or a RangeError that names the option. */
export function check(options: ConversationOptions): void {
  prepare(options, false, new Clock()).free();
}

/** One conversation with a bot, kept alive over whatever the network does. */
export class Conversation {
  #clock = new Clock();
  #machine: Machine;
  #requests = new Map<bigint, AbortController>();
  #sockets = new Map<bigint, WebSocket>();
  #posts = new Map<number, (outcome: PostOutcome) => void>();
  // Unlike those of earlier pages, whose posts a checkpoint may hold.
  #key = Date.now() * 1_000;
  #timer?: ReturnType<typeof setTimeout>;
  #looking: ReturnType<typeof setInterval>;
  #looked = performance.now();
  /** Whether this tab is the one that has the conversation. */
  #isHeld = true;
  #hasLock = false;
  #isDraining = false;
  #isChanged = false;
  #over = new AbortController();
  #id?: string;
  /** What the last request bore, for what is no part of a session. */
  bearer = "";

  constructor(
    private readonly options: ConversationOptions,
    private readonly listener: Listener,
  ) {
    const keeps = options.storageKey !== undefined || listener.checkpoint !== undefined;
    this.#machine = prepare({ ...options, seed: options.seed ?? draw() }, keeps, this.#clock);
    const { signal } = this.#over;
    addEventListener("online", () => this.#tell("network", true), { signal });
    addEventListener("offline", () => this.#tell("network", false), { signal });
    addEventListener("pageshow", (event) => event.persisted && this.#tell("woke"), { signal });
    document.addEventListener("visibilitychange", () => this.#look(!document.hidden), { signal });
    this.#looking = setInterval(() => this.#look(false), LOOK_EVERY);
    const stored = storedCheckpoint(options);
    if (stored) this.#hold((JSON.parse(stored) as { conversation: string }).conversation);
    if (!navigator.onLine) this.#tell("network", false);
    // Whoever made it has it in hand before anything is told.
    queueMicrotask(() => this.#drain());
  }

  /** The conversation's id, once it is known. */
  get id(): string | undefined {
    return this.#id;
  }

  /** The URL that the routes lie below. */
  get base(): string {
    return this.#machine.base();
  }

  /** Where a later conversation resumes, as text; undefined while there is something to be told. */
  checkpoint(): string | undefined {
    return this.#machine.checkpoint();
  }

  /** How many posts have no outcome yet. */
  get pendingPosts(): number {
    return this.#machine.pendingPosts();
  }

  /** Sends an activity, an object or its JSON; rejects what cannot be one. */
  post(activity: object | string): Promise<PostOutcome> {
    const json = typeof activity === "string" ? activity : JSON.stringify(activity);
    return this.#post((key) => this.#tell("post", key, json));
  }

  /** Sends files, with the activity they belong to. */
  upload(files: UploadFile[], activity: object, user?: string): Promise<PostOutcome> {
    const flat = files.flatMap(({ name, contentType, bytes }) => [name, contentType, bytes]);
    return this.#post((key) => this.#tell("upload", key, user, JSON.stringify(activity), flat));
  }

  /** Hands in another token, asked for or not. */
  supply(supplied: Supplied): void {
    const { token, tokenLifetime } = typeof supplied === "string" ? { token: supplied } : supplied;
    this.#tell("newToken", token, tokenLifetime);
  }

  /** Tries again now, and makes sure of what looks open. */
  wake(): void {
    this.#tell("woke");
  }

  /** Ends it. */
  close(): void {
    this.#isHeld = true;
    this.#tell("close");
  }

  #post(tell: (key: bigint) => void): Promise<PostOutcome> {
    const key = ++this.#key;
    return new Promise((resolve, reject) => {
      this.#posts.set(key, resolve);
      try {
        tell(BigInt(key));
      } catch (error) {
        this.#posts.delete(key);
        reject(error as Error);
      }
    });
  }

  /** One fact, and all that follows from it. */
  #tell(fact: Fact, ...details: unknown[]): void {
    // What becomes of a post is part of where a later page goes on.
    this.#isChanged ||= fact === "post" || fact === "upload" || this.#posts.size > 0;
    const { now, slept } = this.#clock.read();
    if (slept) this.#machine.woke(now);
    (this.#machine[fact] as (now: bigint, ...details: unknown[]) => void)(now, ...details);
    this.#drain();
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let output; this.#isHeld && (output = this.#machine.poll()); ) {
      const [name, ...details] = output;
      this.#perform[name as string]!(...details);
    }
    this.#isDraining = false;
    if (!this.#isHeld) return;
    if (this.#isChanged) this.#keep(this.#machine.checkpoint());
    this.#isChanged = false;
    clearTimeout(this.#timer);
    const deadline = this.#machine.deadline();
    if (deadline === undefined || this.#over.signal.aborted) return;
    const wait = Number(deadline - this.#clock.read().now);
    this.#timer = setTimeout(() => this.#tell("timeout"), Math.min(Math.max(wait, 0), SLEEP_MAX));
  }

  #perform: { [output: string]: (...details: any[]) => void } = {
    send: (id: bigint, method: string, url: string, headers: string[], body?: Uint8Array) =>
      void this.#exchange(id, method, url, headers, body),
    cancel: (id: bigint) => {
      this.#requests.get(id)?.abort();
      this.#requests.delete(id);
    },
    open: (id: bigint, url: string) => this.#open(id, url),
    probe: (id: bigint) => {
      const socket = this.#sockets.get(id);
      if (socket?.readyState === WebSocket.OPEN) socket.send("");
    },
    shut: (id: bigint) => {
      const socket = this.#sockets.get(id);
      this.#sockets.delete(id);
      socket?.close();
    },
    delivered: (activities: string[], checkpoint?: string) => {
      if (activities.length > 0) this.#show(() => this.listener.activities(activities));
      this.#keep(checkpoint);
    },
    event: (json: string) => this.#note(JSON.parse(json)),
    ended: (how: "closed" | "completed" | "failed", reason: string, isResumable: boolean) => {
      this.#over.abort();
      clearInterval(this.#looking);
      clearTimeout(this.#timer);
      this.#requests.forEach((request) => request.abort());
      this.#sockets.forEach((socket) => socket.close());
      this.#sockets.clear();
      const { storageKey } = this.options;
      if (storageKey && (!isResumable || how === "completed")) sessionStorage.removeItem(storageKey);
      this.#show(() => this.listener.ended?.({ how, reason, isResumable }));
    },
  };

  async #exchange(id: bigint, method: string, url: string, flat: string[], body?: Uint8Array) {
    const headers = new Headers(pairs(flat));
    this.bearer = headers.get("authorization") ?? "";
    if (this.options.botAgent) headers.set("x-ms-bot-agent", this.options.botAgent);
    const request = new AbortController();
    const { signal } = request;
    this.#requests.set(id, request);
    try {
      const answer = await fetch(url, {
        ...{ method, headers, body: body as BodyInit | undefined, signal },
        ...{ redirect: "manual", cache: "no-store", credentials: "omit" },
      });
      // Which redirect it is, a page is not told.
      const status = answer.type === "opaqueredirect" ? 302 : answer.status;
      const bytes = new Uint8Array(await answer.arrayBuffer());
      if (!signal.aborted) this.#tell("response", id, status, [...answer.headers].flat(), bytes);
    } catch {
      if (!signal.aborted) this.#tell("requestFailed", id);
    } finally {
      this.#requests.delete(id);
    }
  }

  #open(id: bigint, url: string): void {
    const socket = new WebSocket(url);
    let wasOpen = false;
    socket.binaryType = "arraybuffer";
    this.#sockets.set(id, socket);
    // Of one that was shut nobody wants to hear any more.
    const heard = (fact: Fact, ...details: unknown[]) =>
      this.#sockets.get(id) === socket && this.#tell(fact, id, ...details);
    socket.onopen = () => heard("socketOpened", (wasOpen = true));
    socket.onmessage = ({ data }: MessageEvent<string | ArrayBuffer>) =>
      typeof data === "string" ? heard("frame", data) : heard("bytes", new Uint8Array(data));
    socket.onclose = ({ code, reason }) => {
      heard("socketClosed", wasOpen, code, reason);
      this.#sockets.delete(id);
    };
  }

  #note(event: Event): void {
    const { joined, posted, needs_token } = event as { [name: string]: any };
    if (joined) {
      this.#id = joined.conversation;
      this.#isChanged = true;
      this.#hold(joined.conversation);
    }
    if (posted) {
      this.#isChanged = true;
      this.#posts.get(posted.key)?.(posted.outcome);
      this.#posts.delete(posted.key);
    }
    this.#show(() => this.listener.event?.(event as never));
    if (needs_token !== undefined && this.options.fetchToken) void this.#fetchToken();
  }

  async #fetchToken(): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        return this.supply(await this.options.fetchToken!(this.#id));
      } catch (error) {
        console.error("directline-core: no token was to be had, it is asked for again", error);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
      }
    }
  }

  /** Of the tabs with one conversation one has it; the others wait until that one is done with it. */
  #hold(conversation: string): void {
    if (this.#id === conversation && this.#isHeld && this.#hasLock) return;
    this.#id = conversation;
    if (!navigator.locks) {
      return tellOnce("without Web Locks, two tabs with one conversation evict each other");
    }
    this.#isHeld = false;
    const { signal } = this.#over;
    const name = `directline:${conversation}`;
    const take = () => {
      if (signal.aborted) return undefined;
      [this.#isHeld, this.#hasLock] = [true, true];
      this.#tell("timeout");
      return new Promise<void>((done) => signal.addEventListener("abort", () => done()));
    };
    const given = navigator.locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock) return take();
      this.#show(() => this.listener.event?.({ elsewhere: { conversation } }));
      navigator.locks.request(name, { signal }, take).catch(() => {});
    });
    given.catch((error) => {
      if (this.#hasLock || signal.aborted) return;
      tellOnce(`no lock is to be had, so that two tabs may evict each other: ${error}`);
      this.#isHeld = true;
      this.#drain();
    });
  }

  /** Whether there was a time in which nothing could be done. */
  #look(isShown: boolean): void {
    const paused = performance.now() - this.#looked;
    this.#looked = performance.now();
    // Timers of a hidden page come late; what it shows now must not be what was true then.
    if (isShown && paused >= PAUSE_MIN) this.#tell("woke");
    const { now, slept } = this.#clock.read();
    if (slept) this.#machine.woke(now);
    if (slept) this.#drain();
  }

  #keep(checkpoint: string | undefined): void {
    const { storageKey } = this.options;
    if (checkpoint === undefined) return;
    this.#show(() => this.listener.checkpoint?.(checkpoint));
    if (storageKey === undefined) return;
    try {
      sessionStorage.setItem(storageKey, checkpoint);
    } catch {
      tellOnce("sessionStorage takes no more: a reload goes on from an earlier place");
    }
  }

  /** What a listener throws is its own affair. */
  #show(call: () => void): void {
    try {
      call();
    } catch (error) {
      reportError(error);
    }
  }
}

type Fact = Exclude<keyof Machine, "free" | "poll" | "deadline" | "checkpoint" | "base" | "pendingPosts" | symbol>;

function pairs(flat: string[]): [string, string][] {
  return flat.flatMap((name, at) => (at % 2 ? [] : [[name, flat[at + 1]!] as [string, string]]));
}
