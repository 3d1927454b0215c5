// The client that most web chats use, botframework-directlinejs, against directline-testbed.
//
// It forgives a service little: it does not recognise duplicates, so each activity that a replay
// repeats shows, and it asks for nothing but what follows its last watermark, so each one that a
// replay leaves out shows too. Hence the lists of texts are compared as they are.
//
// The service is `cargo run -p directline-testbed --example serve`, or the command in
// DIRECTLINE_SERVE; either is given a plan of faults as its last argument.

import assert from "node:assert/strict";
import { fileURLToPath } from "node:url";

import { ConnectionStatus, DirectLine } from "botframework-directlinejs";
import WebSocket from "ws";
import xhr2 from "xhr2";

import { build, runChecks, start, stop, until } from "../support.mjs";

const LIMIT_MS = 90_000;
const USER = { id: "user1" };
const SERVE = process.env.DIRECTLINE_SERVE;

const sockets = [];
class CountedSocket extends WebSocket {
  constructor(url) {
    super(url);
    sockets.push(this);
    this.on("open", () => (this.hasOpened = true));
  }
}

// The client was written for browsers.
globalThis.XMLHttpRequest = xhr2.XMLHttpRequest;
globalThis.WebSocket = CountedSocket;

/** Starts the service with a plan, all of whose faults have to happen, and lets a check at it. */
async function withService(plan, faults, note, check) {
  const path = fileURLToPath(new URL(`plans/${plan}.toml`, import.meta.url));
  const command = SERVE ?? "cargo run --quiet -p directline-testbed --example serve --";
  const program = start(command, path);
  note(() => `The service tells:\n${program.stderr}`);
  try {
    const told = () => /Direct Line at (\S+)\s+Secret: (\S+)/.exec(program.stdout);
    const isUp = () => told() ?? program.child.exitCode !== null;
    await until("the service", isUp);
    assert.ok(told(), "the service does not start");
    sockets.length = 0;
    await check({ base: told()[1], secret: told()[2] });
    assert.equal(program.stderr.match(/ fault: /g)?.length ?? 0, faults, "faults that happened");
  } finally {
    await stop(program);
  }
}

/** A client that is connected, with everything it receives. */
class Client {
  texts = [];
  activities = [];
  statuses = [];

  constructor(options) {
    this.line = new DirectLine({
      // A request that fails for a reason other than its content is repeated after as long, and a
      // socket is sent an empty message as often.
      timeout: 3_000,
      // The pause before it reconnects is 3 s and up to 12 s more by chance; this chance is small.
      random: () => 0,
      ...options,
    });
    this.line.connectionStatus$.subscribe((status) => this.statuses.push(ConnectionStatus[status]));
    this.over = new Promise((resolve) => {
      const receive = (activity) => {
        this.activities.push(activity);
        this.texts.push(activity.text);
      };
      const end = (error) => {
        if (!this.isEnding) this.texts.push(`the stream ends: ${error?.message ?? error}`);
        resolve();
      };
      this.line.activity$.subscribe(receive, end, end);
    });
  }

  /** Gives the id that the service has given to the message. */
  say(text) {
    const post = this.line.postActivity({ type: "message", from: USER, text });
    return new Promise((resolve, reject) => post.subscribe(resolve, reject));
  }

  /** Says it and waits for the bot's answer. */
  async converse(text) {
    await this.say(text);
    await this.hears(`echo: ${text}`);
  }

  hears(text) {
    return until(`${JSON.stringify(text)}`, () => this.texts.includes(text));
  }

  /** Leaves time for what comes too often, then closes the connection. */
  async end() {
    await new Promise((resolve) => setTimeout(resolve, 300));
    this.isEnding = true;
    this.line.end();
    await this.over;
  }
}

/** `first` to `last` as `text 1` and so on. */
function numbered(text, first, last) {
  return Array.from({ length: last - first + 1 }, (_, index) => `${text} ${first + index}`);
}

/** What both sides say when each of the texts is answered. */
function dialogue(texts) {
  return texts.flatMap((text) => [text, `echo: ${text}`]);
}

async function brokenInFiveWays(note) {
  await withService("breaks", 5, note, async ({ base, secret }) => {
    const client = new Client({ domain: base, secret });
    const texts = numbered("message", 1, 15);
    for (const text of texts) {
      await client.converse(text);
    }
    await client.end();
    assert.deepEqual(client.texts, dialogue(texts));
    assert.equal(sockets.length, 6, "sockets: one, and one after each break");
    const expected = ["Uninitialized", "Connecting", "Online", "Ended"];
    assert.deepEqual(client.statuses, expected);
  });
}

async function saidWhileBroken(note) {
  await withService("rough", 3, note, async ({ base, secret }) => {
    const token = await generateToken(base, secret);
    const client = new Client({ domain: base, token });
    await client.converse("hello");
    const texts = numbered("while broken", 1, 20);
    const ids = [];
    for (const text of texts) {
      ids.push(await client.say(text));
    }
    await client.hears(`echo: ${texts.at(-1)}`);
    const opened = sockets.filter((socket) => socket.hasOpened).length;
    assert.deepEqual([sockets.length, opened], [3, 2], "sockets dialled, and opened");

    // What it does twice in the life of a token by itself, a quarter of an hour from now.
    const refreshed = await new Promise((resolve, reject) => {
      client.line.refreshToken().subscribe(resolve, reject);
    });
    assert.notEqual(refreshed, client.line.token);
    client.line.token = refreshed;
    await client.converse("with the new token");
    await client.end();

    assert.deepEqual(client.texts, dialogue(["hello", ...texts, "with the new token"]));
    // The id that a post is answered with is what its echo and the bot's answer go by.
    const echoes = client.activities.filter((activity) => activity.from.id === USER.id);
    assert.deepEqual(echoes.map((activity) => activity.id).slice(1, -1), ids);
    const answers = client.activities.filter((activity) => activity.from.id !== USER.id);
    assert.deepEqual(answers.map((activity) => activity.replyToId).slice(1, -1), ids);
  });
}

async function takenUpAgain(note) {
  await withService("calm", 0, note, async ({ base, secret }) => {
    const first = new Client({ domain: base, token: await generateToken(base, secret) });
    for (const text of numbered("before", 1, 3)) {
      await first.converse(text);
    }
    const { conversationId, token, watermark } = first.line;
    await first.end();

    // Said by nobody whom the second client knows of, while no one is listening.
    const url = `${base}/conversations/${conversationId}/activities`;
    await request(url, token, { type: "message", from: USER, text: "meanwhile" });

    const second = new Client({ domain: base, token, conversationId, watermark });
    await second.hears("echo: meanwhile");
    await second.converse("after");
    await second.end();
    assert.deepEqual(first.texts, dialogue(numbered("before", 1, 3)));
    assert.deepEqual(second.texts, dialogue(["meanwhile", "after"]));
    assert.equal(sockets.length, 2, "sockets: one for each client");
  });
}

async function polling(note) {
  await withService("calm", 0, note, async ({ base, secret }) => {
    const options = { domain: base, secret };
    const client = new Client({ ...options, webSocket: false, pollingInterval: 200 });
    const texts = numbered("polled", 1, 5);
    for (const text of texts) {
      await client.converse(text);
    }
    await client.end();
    assert.deepEqual(client.texts, dialogue(texts));
    assert.equal(sockets.length, 0, "sockets");
  });
}

async function generateToken(base, secret) {
  const { token } = await request(`${base}/tokens/generate`, secret, { user: USER });
  return token;
}

async function request(url, credential, body) {
  const headers = { authorization: `Bearer ${credential}`, "content-type": "application/json" };
  const answer = await fetch(url, { method: "POST", headers, body: JSON.stringify(body) });
  assert.ok(answer.ok, `${url}: ${answer.status}`);
  return answer.json();
}

if (!SERVE) build("-p", "directline-testbed", "--example", "serve");
await runChecks(
  [
    ["a socket that breaks in five ways, with the secret", brokenInFiveWays],
    ["messages during a rough way back, with a token that is refreshed", saidWhileBroken],
    ["a conversation that another client takes up", takenUpAgain],
    ["polling", polling],
  ],
  LIMIT_MS,
);
