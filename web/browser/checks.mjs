// CHECKS: what happens to a conversation, and what has to be shown of it.

import assert from "node:assert/strict";

const any = () => true;
const ours = ({ client }) => client === "ours";
const list = ({ client, ui }) => client === "ours" && ui === "list";

/** Waits for what a page says of itself. */
export const until = (page, condition, argument, timeout = 60_000) => page.waitForFunction(condition, argument, { timeout });
export const sees = (page, text, timeout) => until(page, (text) => run.shown().includes(text), text, timeout);
const say = (page, text) => page.evaluate((text) => void run.say(text), text);
const converse = async (page, text, timeout) => (await say(page, text), await sees(page, `echo: ${text}`, timeout));
export const id = (page) => page.evaluate(() => run.id());
const isOnline = (page) => until(page, () => run.statuses.at(-1) === 2);

/** All that was said, which is what has to be shown: lost, repeated and in disorder are counted. */
async function agrees(page, service, early = []) {
  const { activities } = await service.control(`conversations/${await id(page)}`);
  const said = activities.map(({ activity }) => activity).filter(({ type, text }) => type === "message" && text);
  const expected = said.map(({ text }) => text);
  await until(page, (count) => run.shown().length >= count, expected.length, 20_000).catch(() => {});
  // What comes too often comes a little later.
  await page.waitForTimeout(300);
  let shown = await page.evaluate(() => run.shown());
  // What is said while a history is read may come before it; where, is for the page to say.
  const isList = await page.evaluate(() => !run.store);
  if (isList) shown = inPlace(shown, expected, early);
  const lost = expected.filter((text) => !shown.includes(text)).length;
  const repeated = shown.length - new Set(shown).size;
  const figures = `said ${expected.length}, shown ${shown.length}, lost ${lost}, repeated ${repeated}`;
  assert.deepEqual(shown, expected, figures);
  return figures;
}

/** Those that came early where they belong. */
function inPlace(shown, expected, early) {
  const others = shown.filter((text) => !early.includes(text));
  const came = shown.filter((text) => early.includes(text));
  came.forEach((text) => others.splice(expected.indexOf(text), 0, text));
  return others;
}

export const sockets = async (service) => (await service.control("log?event=socket_opened")).entries.length;

export const breaks = {
  title: "messages over a connection that breaks all the time",
  fits: any,
  async run({ service, open, messages }) {
    const page = await open();
    await converse(page, "hello");
    await service.control("faults", { on: "frame", do: "drop", every: 6 });
    for (let number = 1; number <= messages / 2; number += 1) await converse(page, `message ${number}`);
    const figures = await agrees(page, service);
    return `${figures}, ${(await sockets(service)) - 1} breaks`;
  },
};

export const offline = {
  title: "off line and on line again",
  fits: any,
  async run({ service, context, open, picture }) {
    const page = await open();
    await converse(page, "before");
    const conversation = await id(page);
    await context.setOffline(true);
    await service.control("faults", { on: "frame", do: "drop", limit: 1 });
    for (const text of ["one", "two", "three"]) {
      await service.control(`conversations/${conversation}/say`, { text: `while off line ${text}` });
    }
    await say(page, "said off line");
    await page.waitForTimeout(1_000);
    await picture(page, "offline");
    await context.setOffline(false);
    await sees(page, "echo: said off line");
    await converse(page, "after");
    return agrees(page, service);
  },
};

export const reload = {
  title: "a reload in the middle",
  fits: any,
  async run({ service, open }) {
    const page = await open();
    for (const text of ["one", "two", "three"]) await converse(page, text);
    const conversation = await id(page);
    await page.reload();
    await until(page, () => window.run?.isReady);
    await service.control(`conversations/${conversation}/say`, { text: "after the reload" });
    await sees(page, "after the reload");
    await converse(page, "four");
    assert.equal(await id(page), conversation);
    return agrees(page, service, ["after the reload"]);
  },
};

export const expiry = {
  title: "tokens that expire while the connection breaks",
  fits: any,
  async run({ service, open }) {
    const page = await open();
    await converse(page, "before");
    const conversation = await id(page);
    await service.control("tokens/expire", {}, "POST");
    await service.control("faults", { on: "frame", do: "drop", limit: 1 });
    await service.control(`conversations/${conversation}/say`, { text: "said with an expired token" });
    await sees(page, "said with an expired token");
    await converse(page, "after");
    return agrees(page, service);
  },
};

export const unsent = {
  title: "a reload with a message that was not sent yet",
  fits: ours,
  async run({ service, open }) {
    const page = await open();
    await converse(page, "before");
    await service.control("faults", { on: "post", do: "answer", status: 429, retry_after: "2", limit: 1 });
    await say(page, "kept over the reload");
    await page.waitForTimeout(200);
    await page.reload();
    await until(page, () => window.run?.isReady);
    await sees(page, "echo: kept over the reload");
    return agrees(page, service, ["kept over the reload", "echo: kept over the reload"]);
  },
};

export const sleep = {
  title: "a device that slept, and a page that was not shown",
  fits: list,
  async run({ service, open }) {
    const page = await open();
    await converse(page, "before");
    const opened = (count) => service.control(`log?event=socket_opened&after=${count}&wait_ms=10000`);
    const seen = async () => (await service.control("log?event=socket_opened")).next;
    // An hour passes, by the one of the two clocks that goes on in sleep.
    let last = await seen();
    await page.evaluate(() => {
      const wall = Date.now;
      Date.now = () => wall() + 3_600_000;
    });
    assert.equal((await opened(last)).entries.length, 1, "the socket is replaced after the sleep");
    await converse(page, "after the sleep");
    // A page whose timers stood still for twenty seconds is shown again.
    last = await seen();
    await page.evaluate(() => {
      const steady = performance.now.bind(performance);
      performance.now = () => steady() + 20_000;
      document.dispatchEvent(new Event("visibilitychange"));
    });
    assert.equal((await opened(last)).entries.length, 1, "and when the page is shown again");
    await converse(page, "after that");
    return agrees(page, service);
  },
};

export const throttled = {
  title: "a tab that is throttled, and then frozen",
  fits: any,
  isPlain: true,
  async run({ service, context, open, client }) {
    const page = await open();
    const devtools = await context.newCDPSession(page);
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 20 });
    await converse(page, "throttled");
    await service.control("faults", { on: "frame", do: "drop", limit: 1 });
    await converse(page, "throttled, with a break");
    await devtools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
    const conversation = await id(page);
    const { next } = await service.control("log?event=socket_opened");
    await devtools.send("Page.setWebLifecycleState", { state: "frozen" });
    for (const text of ["one", "two", "three"]) {
      // In all longer than anything but a sleep takes.
      await new Promise((resolve) => setTimeout(resolve, 4_000));
      await service.control(`conversations/${conversation}/say`, { text: `to a frozen page ${text}` });
    }
    await devtools.send("Page.setWebLifecycleState", { state: "active" });
    // What has the focus is shown.
    await devtools.send("Emulation.setFocusEmulationEnabled", { enabled: true });
    await sees(page, "to a frozen page three");
    if (client === "ours") {
      const { entries } = await service.control(`log?event=socket_opened&after=${next}&wait_ms=10000`);
      assert.equal(entries.length, 1, "it counts as a sleep");
    }
    await converse(page, "after that");
    return agrees(page, service);
  },
};

export const tabs = {
  title: "two tabs with one conversation",
  fits: list,
  async run({ service, context, open, told }) {
    const first = await open();
    await converse(first, "in the first tab");
    const state = await first.evaluate(() => sessionStorage.getItem("run"));
    // As a browser does that duplicates a tab.
    await context.addInitScript((state) => sessionStorage.getItem("run") ?? sessionStorage.setItem("run", state), state);
    const second = await open();
    await second.waitForTimeout(500);
    assert.equal(await sockets(service), 1, "the second waits");
    assert.ok(told.some((text) => text.includes("another tab has this conversation")), "and is told");
    await converse(first, "still in the first tab");
    await first.close();
    await converse(second, "in the second tab");
    assert.equal(await sockets(service), 2, "one at a time");
    return agrees(second, service, ["in the second tab", "echo: in the second tab"]);
  },
};

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

export const damaged = {
  title: "what sessionStorage holds is no checkpoint",
  fits: list,
  async run({ service, open, told }) {
    const page = await open();
    for (const [at, stored] of ['{"conversation":', '{"version":99,"conversation":"c"}'].entries()) {
      await page.evaluate((stored) => sessionStorage.setItem("other", stored), stored);
      const said = await page.evaluate(async (domain) => {
        const token = await (await fetch("/token")).text();
        const line = run.core.createDirectLine({ domain, token, storageKey: "other" });
        const told = [];
        line.activity$.subscribe(({ text }) => told.push(text));
        line.postActivity({ type: "message", from: { id: "user1" }, text: "begun anew" }).subscribe();
        while (told.length < 2) await new Promise((resolve) => setTimeout(resolve, 10));
        line.end();
        return told;
      }, service.base);
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
      ];
    });
    const expected = [
      /^TypeError: token is of the type number, allowed is text$/,
      /^TypeError: token is missing/,
      /^TypeError: token is of the type null/,
      /^TypeError: options are missing/,
      /^TypeError: timeout is of the type string, allowed is a number of milliseconds$/,
      /^TypeError: webSocket is of the type string, allowed is true or false$/,
      /^TypeError: watermark is of the type number/,
      /^TypeError: fetchToken is of the type string, allowed is a function$/,
      /^RangeError: .*base/,
      /^RangeError: timeout is -1/,
      /^RangeError: poll.interval is 1000000s, allowed is/,
      /^TypeError: unheardOf is not known here$/,
      /^TypeError: timeout is of the type bigint/,
      /^RangeError: checkpoint is damaged/,
      /^RangeError: history is all, allowed is "everything" or "new"$/,
    ];
    refused.forEach((text, at) => assert.match(text, expected[at]));
  },
};
