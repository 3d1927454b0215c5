// DIRECTLINE: what Web Chat takes for DirectLineJS: its options, its observables, its numbers.

import { Conversation, rehearse } from "./conversation.js";
import { Observable, Subject, Value } from "./observable.js";
import { ascii, checkOne, checkPresent, text, typeOf, type ConversationOptions } from "./options.js";
import { tellOnce } from "./tell.js";
import type { ConversationEvent, PostOutcome, UploadFile } from "./types.js";

export enum ConnectionStatus {
  Uninitialized = 0,
  Connecting = 1,
  Online = 2,
  ExpiredToken = 3,
  FailedToConnect = 4,
  Ended = 5,
}

/** DirectLineJS's options, and those of a conversation. */
export interface DirectLineOptions extends Omit<ConversationOptions, "checkpoint"> {
  conversationId?: string;
  watermark?: string;
  conversationStartProperties?: { locale?: string };
  /** What is beyond this client, and told in the console. */
  streamUrl?: string;
  [unknown: string]: unknown;
}

export interface Attachment {
  contentType: string;
  contentUrl?: string;
  name?: string;
  [member: string]: unknown;
}

export interface Activity {
  type: string;
  from?: { id: string; [member: string]: unknown };
  attachments?: Attachment[];
  [member: string]: any;
}

export function createDirectLine(options: DirectLineOptions): DirectLine {
  return new DirectLine(options);
}

export class DirectLine {
  readonly connectionStatus$ = new Value<ConnectionStatus>(ConnectionStatus.Uninitialized);
  readonly activity$ = new Subject<Activity>(() => this.#start());
  /** What it was given; Web Chat looks for the user in it. */
  token: string | undefined;
  #options: ConversationOptions;
  #conversation?: Conversation;
  /** Posts go out in the order given, though files have to be read first. */
  #turn: Promise<unknown> = Promise.resolve();

  constructor(options: DirectLineOptions) {
    this.#options = translated(options);
    rehearse(this.#options);
    this.token = options.secret ?? options.token;
  }

  /** The conversation below, once it has begun: its checkpoint, its events, the outcomes of posts. */
  get conversation(): Conversation | undefined {
    return this.#conversation;
  }

  /** Sends it on the first subscription, and tells its id; "retry" where nobody knows whether it came. */
  postActivity(activity: Activity): Observable<string> {
    let posted: Promise<string> | undefined;
    return new Observable((observer) => {
      posted ??= this.#post(activity);
      posted.then(
        (id) => (observer.next!(id), observer.complete!()),
        (error) => observer.error!(error),
      );
      return () => {};
    });
  }

  /** Hands in another token for the conversation. */
  reconnect(given: { token: string; streamUrl?: string }): void {
    const { token, streamUrl } = Object(given) as typeof given;
    if (streamUrl) tellOnce("reconnect: streamUrl is not used, a new one is asked for");
    this.token = token;
    this.#start().supply(token);
    if (this.connectionStatus$.value === ConnectionStatus.ExpiredToken) this.#become(ConnectionStatus.Online);
  }

  end(): void {
    this.#conversation?.close();
    if (!this.#isOver) this.#end(ConnectionStatus.Ended);
  }

  /** What the sign-in cards of a bot ask for; empty where the service has none. */
  getSessionId(): Observable<string> {
    return new Observable((observer) => {
      const { connectionStatus$ } = this;
      const conversation = this.#start();
      const tell = (id: string) => (observer.next!(id), observer.complete!());
      const waiting = connectionStatus$.subscribe((status) => {
        if (status !== ConnectionStatus.Online) return;
        queueMicrotask(() => waiting.unsubscribe());
        const headers = { "Content-Type": "application/json", Authorization: conversation.bearer };
        fetch(`${conversation.base}/session/getsessionid`, { headers, credentials: "include" })
          .then((answer) => answer.json())
          .then(({ sessionId }) => tell(String(sessionId ?? "")), () => tell(""));
      });
      return () => waiting.unsubscribe();
    });
  }

  /** Whom a new conversation is started for, and who says what is posted. */
  setUserId(userId: string): void {
    if (this.#conversation) throw new Error("It is connected, we cannot set user id.");
    if (userOf(this.token)) return tellOnce("setUserId: the token names a user already");
    if (userId.startsWith("dl_")) return tellOnce("setUserId: ids with dl_ have to be in the token");
    this.#options = { ...this.#options, userId };
  }

  #start(): Conversation {
    if (this.#conversation) return this.#conversation;
    this.#become(ConnectionStatus.Connecting);
    return (this.#conversation = new Conversation(this.#options, {
      activities: (all) => all.forEach((json) => this.activity$.next(JSON.parse(json) as Activity)),
      event: (event) => this.#note(event),
      ended: ({ how, reason }) => {
        if (this.#isOver) return;
        if (how === "failed") console.error(`directline-core: ${reason}`);
        this.#end(how === "failed" ? ConnectionStatus.FailedToConnect : ConnectionStatus.Ended);
      },
    }));
  }

  /** As with DirectLineJS it stays online while a socket is replaced. */
  #note(event: ConversationEvent): void {
    if ("status" in event && (event.status === "live" || event.status === "polling")) {
      if (!this.#isOver) this.#become(ConnectionStatus.Online);
    }
    if ("needs_token" in event && !this.#options.fetchToken) this.#become(ConnectionStatus.ExpiredToken);
    if ("elsewhere" in event) tellOnce("another tab has this conversation; this one waits for it");
    if ("gap" in event) tellOnce(`activities may be missing: ${JSON.stringify(event.gap)}`);
  }

  #become(status: ConnectionStatus): void {
    if (this.connectionStatus$.value !== status) this.connectionStatus$.next(status);
  }

  get #isOver(): boolean {
    return this.connectionStatus$.value >= ConnectionStatus.FailedToConnect;
  }

  #end(status: ConnectionStatus): void {
    const ended = status === ConnectionStatus.Ended ? "conversation ended" : "failed to connect";
    this.connectionStatus$.next(status);
    this.activity$.end((observer) => observer.error!(new Error(ended)));
  }

  async #post(given: Activity): Promise<string> {
    if (this.#isOver) throw new Error("conversation ended");
    if (typeOf(given) !== "object") throw new TypeError(`the activity is of the type ${typeOf(given)}, allowed is an object`);
    const { userId } = this.#options;
    let activity = given;
    if (userId && activity.from && activity.from.id !== userId) {
      tellOnce("from.id of an activity is not the user's id, which is sent instead");
      activity = { ...activity, from: { ...activity.from, id: userId } };
    }
    const conversation = this.#start();
    const local = (activity.type === "message" && activity.attachments?.some((it) => it?.contentUrl)) || false;
    const files = local ? Promise.all(activity.attachments!.filter((it) => it?.contentUrl).map(read)) : undefined;
    const outcome = this.#turn.then(async () => {
      const found = await files;
      if (!found) return () => conversation.post(activity);
      const attachments = activity.attachments!.map((it) => ({ ...it, contentUrl: undefined }));
      return () => conversation.upload(found, { ...activity, attachments }, activity.from?.id);
    }).then((send) => ({ settled: send() }));
    this.#turn = outcome.catch(() => {});
    return idOf(await (await outcome).settled);
  }
}

async function read({ contentUrl, contentType, name }: Attachment): Promise<UploadFile> {
  const answer = await fetch(contentUrl!);
  if (!answer.ok) throw new Error(`${name ?? "a file"} cannot be read: ${answer.status}`);
  return { name: name ?? "blob", contentType, bytes: new Uint8Array(await answer.arrayBuffer()) };
}

function idOf(outcome: PostOutcome): string {
  if (outcome === "kept") throw new Error("the activity was not sent, the next page sends it");
  if (typeof outcome === "string") throw new Error(`the activity was not sent: ${outcome}`);
  if ("sent" in outcome) return outcome.sent.id ?? "";
  if ("unknown" in outcome) return "retry";
  const { status, message } = outcome.rejected;
  throw Object.assign(new Error(message ?? `refused with status ${status}`), { status });
}

/** DirectLineJS's options in our words. */
function translated(options: DirectLineOptions): ConversationOptions {
  checkPresent(options);
  const { conversationId, watermark, conversationStartProperties, pollingInterval, ...rest } = options;
  checkOne("conversationId", conversationId, ascii);
  checkOne("watermark", watermark, ascii);
  checkOne("conversationStartProperties", conversationStartProperties, { type: "object", allowed: "an object" });
  if (rest.checkpoint !== undefined) throw new TypeError("checkpoint is not known here: conversationId and watermark are, and storageKey");
  for (const name of BEYOND.filter((name) => rest[name] !== undefined)) {
    tellOnce(`${name} is not used: ${WHY[name] ?? "this client has its own"}`);
    delete rest[name];
  }
  const translated: ConversationOptions = { history: "everything", ...rest };
  if (rest.secret !== undefined) delete translated.token;
  const { locale, ...others } = conversationStartProperties ?? {};
  checkOne("conversationStartProperties.locale", locale, text);
  if (locale !== undefined) translated.locale = locale;
  Object.keys(others).forEach((name) => tellOnce(`conversationStartProperties.${name} is not used`));
  if (typeof pollingInterval === "number" && pollingInterval < POLLING_MIN) {
    tellOnce(`pollingInterval is ${pollingInterval}, which is below 200 ms: it is 1000 ms`);
  } else if (pollingInterval !== undefined) {
    translated.pollingInterval = pollingInterval;
  }
  if (conversationId) {
    translated.checkpoint = JSON.stringify({ version: 1, conversation: conversationId, watermark: watermark || undefined });
  } else if (watermark) {
    tellOnce("watermark is not used without conversationId");
  }
  return translated;
}

const POLLING_MIN = 200;
const BEYOND = ["streamUrl", "scheduler", "ajax", "WebSocket", "random", "fetch"];
const WHY: { [name: string]: string } = { streamUrl: "a new one is asked for" };

/** Whom a token is for, where it says so. */
function userOf(token: string | undefined): string | undefined {
  try {
    const [, claims] = token!.split(".");
    return (JSON.parse(atob(claims!.replace(/-/g, "+").replace(/_/g, "/"))) as { user?: string }).user;
  } catch {
    return undefined;
  }
}
