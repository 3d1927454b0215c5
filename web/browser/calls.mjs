// CALLS: what the package itself gives to a page that calls it.

import assert from "node:assert/strict";

import { list } from "./checks.mjs";

export const native = {
  title: "the conversation itself: checkpoint, events, outcomes",
  fits: list,
  async run({ service, open }) {
    const page = await open();
    const domain = service.base;
    const found = await page.evaluate(async (domain) => {
      const { Conversation } = run.core;
      const told = { texts: [], events: [], checkpoints: [], ends: [] };
      let live;
      const isLive = () => new Promise((resolve) => (live = resolve));
      const listener = {
        activities: (all) => told.texts.push(...all.map((json) => JSON.parse(json).text)),
        event: (event) => (told.events.push(Object.keys(event)[0]), event.status === "live" && live?.()),
        checkpoint: (checkpoint) => told.checkpoints.push(checkpoint),
        ended: (end) => told.ends.push(end.how),
      };
      const token = await (await fetch("/token")).text();
      const first = new Conversation({ domain, token }, listener);
      await isLive();
      const message = (text) => ({ type: "message", from: { id: "user1" }, text });
      const outcome = await first.post(message("one"));
      const wrong = await first.post("no JSON").catch((error) => error.message);
      while (told.texts.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      first.close();
      const second = new Conversation({ domain, token, checkpoint: told.checkpoints.at(-1) }, listener);
      await isLive();
      await second.post(message("two"));
      while (told.texts.length < 4) await new Promise((resolve) => setTimeout(resolve, 10));
      second.close();
      return { outcome, wrong, id: second.id, pending: second.pendingPosts, ...told };
    }, domain);
    assert.deepEqual(found.texts, ["one", "echo: one", "two", "echo: two"]);
    assert.ok(found.outcome.sent.id.startsWith(found.id), JSON.stringify(found.outcome));
    assert.match(found.wrong, /activity|JSON/);
    assert.deepEqual([found.ends, found.pending], [["closed", "closed"], 0]);
    for (const name of ["status", "joined", "posted"]) assert.ok(found.events.includes(name), name);
    assert.ok(!found.checkpoints.join().includes("token"), "no credential is kept");
  },
};

/** What is shown of one message and its answer, by a client of its own. */
const converse = (page, service, storageKey, text) =>
  page.evaluate(
    async ([domain, storageKey, text]) => {
      const token = await (await fetch("/token")).text();
      const line = run.core.createDirectLine({ domain, token, storageKey });
      const shown = [];
      line.activity$.subscribe(({ text }) => shown.push(text));
      line.postActivity({ type: "message", from: { id: "user1" }, text }).subscribe();
      while (shown.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
      line.end();
      return shown;
    },
    [service.base, storageKey, text],
  );

export const damaged = {
  title: "what sessionStorage holds is no checkpoint",
  fits: list,
  async run({ service, open, told }) {
    const page = await open();
    for (const [at, stored] of ['{"conversation":', '{"version":99,"conversation":"c"}'].entries()) {
      await page.evaluate((stored) => sessionStorage.setItem("other", stored), stored);
      const said = await converse(page, service, "other", "begun anew");
      assert.deepEqual(said, ["begun anew", "echo: begun anew"], String(at));
    }
    assert.ok(told.some((text) => text.includes("is no checkpoint")), "it is told");
  },
};

export const mistakes = {
  title: "options that make no sense are named",
  fits: list,
  async run({ open }) {
    const page = await open();
    const refused = await page.evaluate(() => {
      const { createDirectLine, Conversation } = run.core;
      const attempt = (options, make = createDirectLine) => {
        try {
          make(options);
          return "taken";
        } catch (error) {
          return `${error.name}: ${error.message}`;
        }
      };
      const made = (options) => new Conversation(options, { activities: () => {} });
      const token = "a-token";
      return [
        attempt({ token: 5 }),
        attempt({}),
        attempt({ token: null }),
        attempt({ token: "not to be\nshown" }),
        attempt(),
        attempt({ token, timeout: "20 s" }),
        attempt({ token, webSocket: "no" }),
        attempt({ token, watermark: 5, conversationId: "c" }),
        attempt({ token, fetchToken: "later" }),
        attempt({ token, domain: "no url" }),
        attempt({ token, timeout: -1 }),
        attempt({ token, pollingInterval: 1e9 }),
        attempt({ token, unheardOf: 1 }),
        attempt({ token, timeout: 1n }, made),
        attempt({ token, checkpoint: "{}" }, made),
        attempt({ token, history: "all" }, made),
        attempt({ token, timeout: 0 }),
        attempt({ token, backoffInitial: 5_000, backoffMax: 10 }),
        attempt({ token, attemptsAtOnce: 2 ** 32 }),
        attempt({ token, domain: `http://${"a".repeat(100_000)}` }),
        attempt({ token, botAgent: "a\nb" }),
        attempt({ token, conversationId: "\ud800" }),
        attempt({ token, conversationStartProperties: "de" }),
        attempt({ token, conversationStartProperties: { locale: 5 } }),
        attempt({ token, checkpoint: "{}" }),
        attempt({ token }, (options) => new Conversation(options)),
        attempt({ token }, (options) => new Conversation(options, { activites() {} })),
        attempt({ token }, (options) => new Conversation(options, { activities() {}, event: 5 })),
      ];
    });
    const expected = [
      /^TypeError: token is of the type number, allowed is text$/,
      /^TypeError: token is missing/,
      /^TypeError: token is of the type null/,
      /^RangeError: token: (?!.*shown)/,
      /^TypeError: options are missing/,
      /^TypeError: timeout is of the type string, allowed is a number of milliseconds$/,
      /^TypeError: webSocket is of the type string, allowed is true or false$/,
      /^TypeError: watermark is of the type number/,
      /^TypeError: fetchToken is of the type string, allowed is a function$/,
      /^RangeError: domain is "no url", allowed is/,
      /^RangeError: timeout is -1/,
      /^RangeError: pollingInterval is 1000000s, allowed is/,
      /^TypeError: unheardOf is not known here$/,
      /^TypeError: timeout is of the type bigint/,
      /^RangeError: checkpoint is damaged/,
      /^RangeError: history is all, allowed is "everything" or "new"$/,
      /^RangeError: timeout is 0ns, allowed is 10ms to/,
      /^RangeError: backoffMax is 10ms, allowed is 5s to/,
      /^RangeError: attemptsAtOnce is 4294967296, allowed is a whole number up to 4294967295$/,
      /^(taken|RangeError: domain is .{1,320})$/,
      /^RangeError: botAgent is a\nb, allowed is up to 1000 characters of visible ASCII$/,
      /^RangeError: conversationId is/,
      /^TypeError: conversationStartProperties is of the type string, allowed is an object$/,
      /^TypeError: conversationStartProperties.locale is of the type number, allowed is text$/,
      /^TypeError: checkpoint is not known here/,
      /^TypeError: the listener is missing, allowed is an object with activities$/,
      /^TypeError: activities of the listener is of the type undefined, allowed is a function$/,
      /^TypeError: event of the listener is of the type number, allowed is a function$/,
    ];
    assert.equal(refused.length, expected.length);
    refused.forEach((text, at) => assert.match(text, expected[at]));
  },
};

export const misused = {
  title: "calls that make no sense are refused by a rejection that says why",
  fits: list,
  async run({ service, open, told }) {
    const page = await open();
    const said = await page.evaluate(async (domain) => {
      const token = await (await fetch("/token")).text();
      const own = new run.core.Conversation({ domain, token }, { activities() {}, checkPoint() {} });
      const cyclic = {};
      cyclic.own = cyclic;
      const attempts = [() => own.post(5), () => own.post("no JSON"), () => own.post(null), () => own.post(cyclic)];
      attempts.push(() => own.upload(undefined, {}), () => own.upload([{}], {}), async () => own.supply(null));
      attempts.push(async () => run.line.reconnect());
      attempts.push(() => new Promise((_, reject) => run.line.postActivity(null).subscribe({ error: reject })));
      const said = [];
      for (const attempt of attempts) said.push(await attempt().then(() => "taken", ({ message }) => message));
      own.close();
      return said;
    }, service.base);
    const expected = [
      /^the activity is of the type number, allowed is an object or its JSON$/,
      /^the activity is something else, allowed is a JSON object$/,
      /^the activity is of the type null/,
      /circular/,
      /^files are something else/,
      /^files are something else/,
      /^token is missing/,
      /^token is missing/,
      /^the activity is of the type null, allowed is an object$/,
    ];
    said.forEach((text, at) => assert.match(text, expected[at]));
    assert.ok(told.some((text) => text.includes("checkPoint of the listener is never called")), told.join());
  },
};

export const unkept = {
  title: "a browser that gives this page no storage",
  fits: list,
  async run({ service, open, told }) {
    const page = await open();
    await page.evaluate(() => {
      Object.defineProperty(window, "sessionStorage", { get: () => { throw new DOMException("denied", "SecurityError"); } });
    });
    assert.deepEqual(await converse(page, service, "denied", "hi"), ["hi", "echo: hi"]);
    assert.ok(told.some((text) => text.includes("sessionStorage cannot be used")), "it is told");
  },
};

export const unused = {
  title: "what can't be honoured is told in the console, once",
  fits: list,
  async run({ open, told }) {
    const page = await open();
    await page.evaluate((domain) => {
      const others = { streamUrl: "wss://nowhere", scheduler: {}, ajax: {}, WebSocket: class {}, random: () => 0 };
      const start = { conversationStartProperties: { channelData: {} }, watermark: "5", pollingInterval: 50 };
      for (const _ of [1, 2]) run.core.createDirectLine({ domain, token: "a-token", ...others, ...start });
    }, "http://127.0.0.1:9");
    // The console is a little behind.
    await page.waitForTimeout(300);
    const warned = told.filter((text) => text.startsWith("directline-core: "));
    const names = ["streamUrl", "scheduler", "ajax", "WebSocket", "random", "conversationStartProperties.channelData"];
    for (const name of [...names, "watermark"]) {
      assert.equal(warned.filter((text) => text.includes(`: ${name} is not used`)).length, 1, `${name}: ${warned.join()}`);
    }
    assert.equal(warned.filter((text) => text.includes("pollingInterval is 50")).length, 1, warned.join());
    assert.equal(warned.length, 8, warned.join());
  },
};

export const pauses = {
  title: "a pause that begins within a millisecond is kept in full",
  fits: list,
  async run({ open }) {
    const page = await open();
    const kept = await page.evaluate(async () => {
      const { Clock } = await import("/web/dist/clock.js");
      let now = 1_000;
      performance.now = () => now;
      const pauses = [];
      for (const begun of [0, 0.25, 0.5, 0.875]) {
        const clock = new Clock();
        now += begun;
        const deadline = clock.read().now + 100n;
        // News that change nothing, at another part of a millisecond.
        now += 40.75;
        clock.read();
        const wait = clock.until(deadline);
        now += wait;
        pauses.push({ took: 40.75 + wait, isDue: clock.read().now >= deadline });
      }
      return pauses;
    });
    for (const { took, isDue } of kept) assert.ok(isDue && took >= 100, JSON.stringify(kept));
  },
};
