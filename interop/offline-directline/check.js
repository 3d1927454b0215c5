// The command `directline` against offline-directline, a server that many use for local tests.
//
// It is the least that a Direct Line service can be: there is no socket, no route to reconnect by
// (it answers 404), and no token; watermarks are JSON numbers. So everything comes by polling.
//
// The command is `cargo run -p directline-client --bin directline`, or the one in DIRECTLINE_BIN.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

import { build, runChecks, start, stop, until } from "../support.mjs";

const LIMIT_MS = 120_000;
const BIN = process.env.DIRECTLINE_BIN;
const DIRECTLINE = BIN
  ? `"$DIRECTLINE_BIN"`
  : "cargo run --quiet -p directline-client --bin directline --";

/** Starts the server, and lets a check at it with the server's base and what it was asked. */
function withServer(check) {
  return async (note) => {
    const server = start(`"$NODE" "$SERVER"`);
    note(() => `The server tells:\n${server.stderr}`);
    try {
      const told = () => /Serving at (\S+)/.exec(server.stdout);
      await until("the server", () => told() ?? server.child.exitCode !== null);
      assert.ok(told(), "the server does not start");
      await check(note, told()[1], () => server.stderr);
    } finally {
      await stop(server);
    }
  };
}

/** A conversation with the command that goes on until its input ends. */
class Chat {
  constructor(note, base, ...options) {
    const common = ["chat", "--json", "--end-on-eof", "--domain", base, "--token", "none"];
    this.program = start(DIRECTLINE, ...common, ...options);
    note(() => `The command tells:\n${this.program.stderr}`);
  }

  type(...lines) {
    this.program.child.stdin.write(lines.map((line) => `${line}\n`).join(""));
  }

  /** Every activity so far, in order. */
  activities() {
    return this.program.stdout.split("\n").filter(Boolean).map((line) => JSON.parse(line));
  }

  texts() {
    return this.activities().map((activity) => activity.text);
  }

  /** Ends the input; the command ends when everything is answered, and has to be content. */
  async end() {
    this.program.child.stdin.end();
    await until("the end of the command", () => this.program.child.exitCode !== null);
    await this.program.exited;
    assert.equal(this.program.child.exitCode, 0, "exit code of the command");
  }
}

/** What is to be seen: each line once, followed by its echo, once. */
function dialogue(lines) {
  return lines.flatMap((line) => [line, `echo: ${line}`]);
}

const LINES = [
  ...Array.from({ length: 17 }, (_, index) => `line ${index + 1}`),
  'quotes " and \\ and {"type":"message"}',
  "Grüße, 你好, 👋",
  "x".repeat(5_000),
];

function driver(name) {
  return async (note, base) => {
    const chat = new Chat(note, base, "--driver", name);
    chat.type(...LINES);
    await chat.end();
    assert.deepEqual(chat.texts(), dialogue(LINES));
    const ids = chat.activities().map((activity) => activity.id);
    assert.equal(new Set(ids).size, ids.length, "distinct ids");
  };
}

/** The bot takes nearly as long as the command is ready to wait. */
async function late(note, base) {
  const chat = new Chat(note, base);
  chat.type("at once", "later");
  await chat.end();
  assert.deepEqual(chat.texts(), dialogue(["at once", "later"]));
}

/** Two runs with one checkpoint file: the second shows nothing that the first has shown. */
function twoRuns(...options) {
  return async (note, base) => {
    const folder = mkdtempSync(join(tmpdir(), "offline-directline-"));
    try {
      const checkpoint = join(folder, "chat.json");
      for (const lines of [LINES.slice(0, 3), LINES.slice(3, 6)]) {
        const chat = new Chat(note, base, "--checkpoint", checkpoint, ...options);
        chat.type(...lines);
        await chat.end();
        assert.deepEqual(chat.texts(), dialogue(lines));
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  };
}

/** The command asks for a socket once in a while, in vain; the conversation goes on. */
async function askedForSocket(note, base, asked) {
  const chat = new Chat(note, base);
  chat.type("before");
  await until("the first echo", () => chat.texts().length === 2);
  // The first time is 15 to 60 s after the start.
  const search = /GET \/directline\/conversations\/[^/]+\n/;
  await until("a request for a socket", () => search.test(asked()), 70_000);
  chat.type("after");
  await chat.end();
  assert.deepEqual(chat.texts(), dialogue(["before", "after"]));
}

process.env.NODE = process.execPath;
process.env.SERVER = fileURLToPath(new URL("server.js", import.meta.url));
if (!BIN) build("-p", "directline-client", "--bin", "directline");
await runChecks(
  [
    ["every line gets one echo, on tokio", withServer(driver("tokio"))],
    ["every line gets one echo, on threads", withServer(driver("blocking"))],
    ["an echo that comes late", withServer(late)],
    ["a second run goes on, when told to poll", withServer(twoRuns("--no-websocket"))],
    ["a second run goes on", withServer(twoRuns())],
    ["the conversation outlives the search for a socket", withServer(askedForSocket)],
  ],
  LIMIT_MS,
);
