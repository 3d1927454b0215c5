// CONVERSATION: the machine with the browser's own fetch, WebSocket and timers. It performs what the
// machine wants, tells it what happened, and decides nothing.

import { Clock, PAUSE_MIN } from "./clock.js";
import { Machine } from "./machine.js";
import { check, checkFiles, checkListener, json, named, type ConversationOptions } from "./options.js";
import { forget, keep, stored } from "./place.js";
import { take } from "./tab.js";
import { tellOnce } from "./tell.js";
import type { ConversationEvent, Listener, PostOutcome, Supplied, UploadFile } from "./types.js";

/** No timer is set for longer: one that comes early is harmless, and a sleep shows soon. */
const LOOK_EVERY = 5_000;

/** Throws what is wrong with the options: a TypeError or a RangeError that names the option. */
export function rehearse(options: ConversationOptions): void {
  check(options);
  named(() => new Machine(options, options.checkpoint, false, 0n));
}

/** One conversation with a bot, kept alive over whatever the network does. */
export class Conversation {
  #clock = new Clock();
  #machine: Machine;
  /** The requests and sockets that are under way, by their ids. */
  #running = new Map<number, AbortController>();
  #socket?: WebSocket;
  #posts = new Map<number, (outcome: PostOutcome) => void>();
  // Unlike those of earlier pages, whose posts a checkpoint may hold.
  #key = Date.now() * 1_000;
  #timer?: ReturnType<typeof setTimeout>;
  #looking: ReturnType<typeof setInterval>;
  #looked = performance.now();
  #isDraining = false;
  #isChanged = false;
  /** Whether anybody keeps checkpoints: they are not made for nobody. */
  #keeps: boolean;
  #over = new AbortController();
  #id?: string;
  /** What the last request bore, for what is no part of a session. */
  bearer = "";

  constructor(
    private readonly options: ConversationOptions,
    private readonly listener: Listener,
  ) {
    check(options);
    checkListener(listener);
    this.#keeps = options.storageKey !== undefined || listener.checkpoint !== undefined;
    // No two conversations wait for the same time, or name their posts alike.
    const seed = options.seed ?? Math.floor(Math.random() * Number.MAX_SAFE_INTEGER);
    const begin = (place?: string) =>
      named(() => new Machine({ ...options, seed }, place, this.#keeps, this.#clock.read().now));
    let place = stored(options);
    try {
      this.#machine = begin(place);
    } catch (error) {
      if (place === options.checkpoint) throw error;
      place = options.checkpoint;
      this.#machine = begin(place);
      // What nobody can resume from keeps no page from beginning anew.
      tellOnce(`what ${options.storageKey} holds in sessionStorage is no checkpoint: a new conversation begins`);
      forget(options);
    }
    const { signal } = this.#over;
    addEventListener("online", () => this.#hear("online"), { signal });
    addEventListener("offline", () => this.#hear("offline"), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#hear("woke"), { signal });
    document.addEventListener("visibilitychange", () => this.#look(!document.hidden), { signal });
    document.addEventListener("resume", () => this.#look(true), { signal });
    this.#looking = setInterval(() => this.#look(false), LOOK_EVERY);
    if (place) this.#hold((JSON.parse(place) as { conversation: string }).conversation);
    if (!navigator.onLine) this.#hear("offline");
    // Whoever made it has it in hand before anything is told; and to make it and to begin are two tasks,
    // neither of which takes the page as long as a frame.
    setTimeout(() => this.#drain());
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
  async post(activity: object | string): Promise<PostOutcome> {
    return this.#post("post", json(activity));
  }

  /** Sends files, with the activity they belong to. */
  async upload(files: UploadFile[], activity: object, user?: string): Promise<PostOutcome> {
    checkFiles(files);
    const flat = files.flatMap(({ name, contentType, bytes }) => [name, contentType, bytes]);
    return this.#post("upload", json(activity), user, flat);
  }

  /** Hands in another token, asked for or not. */
  supply(supplied: Supplied): void {
    const { token, tokenLifetime } = typeof supplied === "string" ? { token: supplied } : (Object(supplied) as Supplied & object);
    check({ token, tokenLifetime });
    this.#tell("newToken", token, tokenLifetime);
  }

  /** Tries again now, and makes sure of what looks open. */
  wake(): void {
    this.#tell("woke");
  }

  /** Ends it. */
  close(): void {
    this.#clock.hold(true);
    this.#tell("close");
  }

  async #post(fact: string, ...details: unknown[]): Promise<PostOutcome> {
    const key = ++this.#key;
    named(() => this.#put(fact, key, ...details));
    const outcome = new Promise<PostOutcome>((resolve) => this.#posts.set(key, resolve));
    // What becomes of a post is part of where a later page goes on.
    this.#isChanged = true;
    this.#drain();
    return outcome;
  }

  /** One fact, and all that follows from it. */
  #tell(fact: string, ...details: unknown[]): void {
    this.#put(fact, ...details);
    this.#isChanged ||= this.#posts.size > 0;
    this.#drain();
  }

  /** What the browser says is of no matter while another tab has the conversation. */
  #hear(fact: string): void {
    if (this.#clock.isHeld) this.#tell(fact);
  }

  #put(...fact: unknown[]): void {
    const { now, slept } = this.#clock.read();
    if (slept) this.#machine.tell(now, ["woke"]);
    this.#machine.tell(now, fact);
  }

  #drain(): void {
    if (this.#isDraining) return;
    this.#isDraining = true;
    for (let output; this.#clock.isHeld && (output = this.#machine.poll()); ) {
      const [name, ...details] = output;
      this.#perform[name as string]!(...details);
    }
    this.#isDraining = false;
    if (this.#keeps && this.#isChanged) this.#keep(this.#machine.checkpoint());
    this.#isChanged = false;
    clearTimeout(this.#timer);
    if (!this.#clock.isHeld) return;
    const deadline = this.#machine.deadline();
    if (deadline === undefined || this.#over.signal.aborted) return;
    const wait = this.#clock.until(deadline);
    this.#timer = setTimeout(() => this.#tell("timeout"), Math.min(Math.max(wait, 0), LOOK_EVERY));
  }

  #perform: { [output: string]: (...details: any[]) => void } = {
    send: (id, method, url, headers, body) => void this.#exchange(id, method, url, headers, body),
    open: (id, url) => this.#open(id, url),
    stop: (id) => this.#running.get(id)?.abort(),
    probe: () => this.#socket?.readyState === WebSocket.OPEN && this.#socket.send(""),
    delivered: (activities: string[], checkpoint?: string) => {
      if (activities.length > 0) this.#show(() => this.listener.activities(activities));
      this.#keep(checkpoint);
    },
    event: (json: string) => this.#note(JSON.parse(json)),
    ended: (how: "closed" | "completed" | "failed", reason: string, isResumable: boolean) => {
      this.#over.abort();
      clearInterval(this.#looking);
      clearTimeout(this.#timer);
      this.#running.forEach((own) => own.abort());
      if (!isResumable || how === "completed") forget(this.options);
      this.#show(() => this.listener.ended?.({ how, reason, isResumable }));
    },
  };

  /** Of what was stopped nobody wants to hear any more. */
  #begin(id: number): AbortSignal {
    const own = new AbortController();
    this.#running.set(id, own);
    own.signal.addEventListener("abort", () => this.#running.delete(id));
    return own.signal;
  }

  /** What has come to its end tells it for the last time. */
  #end(id: number, fact: string, ...details: unknown[]): void {
    if (this.#running.delete(id)) this.#tell(fact, id, ...details);
  }

  async #exchange(id: number, method: string, url: string, pairs: [string, string][], body?: BodyInit) {
    const headers = new Headers(pairs);
    this.bearer = headers.get("authorization") ?? "";
    if (this.options.botAgent) headers.set("x-ms-bot-agent", this.options.botAgent);
    try {
      const how = { redirect: "manual", cache: "no-store", credentials: "omit" } as const;
      const answer = await fetch(url, { method, headers, body, signal: this.#begin(id), ...how });
      // Which redirect it is, a page is not told.
      const status = answer.type === "opaqueredirect" ? 302 : answer.status;
      const [after, date] = ["retry-after", "date"].map((name) => answer.headers.get(name));
      this.#end(id, "response", status, after, date, new Uint8Array(await answer.arrayBuffer()));
    } catch {
      this.#end(id, "requestFailed");
    }
  }

  #open(id: number, url: string): void {
    const signal = this.#begin(id);
    const socket = (this.#socket = new WebSocket(url));
    socket.binaryType = "arraybuffer";
    signal.addEventListener("abort", () => socket.close());
    let wasOpen = false;
    socket.addEventListener("open", () => this.#tell("socketOpened", id, (wasOpen = true)), { signal });
    const hear = (data: string | ArrayBuffer) =>
      typeof data === "string" ? this.#tell("frame", id, data) : this.#tell("bytes", id, new Uint8Array(data));
    socket.addEventListener("message", ({ data }) => hear(data), { signal });
    socket.addEventListener("close", ({ code, reason }) => this.#end(id, "socketClosed", wasOpen, code, reason));
  }

  #note(event: ConversationEvent): void {
    if ("joined" in event) {
      this.#isChanged = true;
      this.#hold(event.joined.conversation);
    }
    if ("posted" in event) {
      this.#isChanged = true;
      this.#posts.get(event.posted.key)?.(event.posted.outcome);
      this.#posts.delete(event.posted.key);
    }
    this.#show(() => this.listener.event?.(event));
    if ("needs_token" in event && this.options.fetchToken) void this.#fetchToken(this.options.fetchToken);
  }

  async #fetchToken(ask: NonNullable<ConversationOptions["fetchToken"]>): Promise<void> {
    while (!this.#over.signal.aborted) {
      try {
        return this.supply(await ask(this.#id));
      } catch (error) {
        console.error("directline-core: no token was to be had, it is asked for again", error);
        await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY));
      }
    }
  }

  /** While another tab has the conversation, nothing is done that the machine wants. */
  #hold(conversation: string): void {
    if (this.#id === conversation) return;
    this.#id = conversation;
    this.#clock.hold(false);
    const taken = () => {
      this.#clock.hold(true);
      this.#tell(navigator.onLine ? "online" : "offline");
    };
    const elsewhere = () => this.#show(() => this.listener.event?.({ elsewhere: { conversation } }));
    take(conversation, this.#over.signal, taken, elsewhere);
  }

  /** Timers of a hidden page come late, and of a frozen one not at all: what it shows may be long past. */
  #look(isSeen: boolean): void {
    const stoodStill = performance.now() - this.#looked >= PAUSE_MIN;
    this.#looked = performance.now();
    this.#hear(isSeen && stoodStill ? "woke" : "timeout");
  }

  #keep(checkpoint: string | undefined): void {
    if (checkpoint === undefined) return;
    this.#show(() => this.listener.checkpoint?.(checkpoint));
    keep(this.options, checkpoint);
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
