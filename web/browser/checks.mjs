// CHECKS: what happens to a conversation, and what has to be shown of it.

import assert from "node:assert/strict";

const any = () => true;
const ours = ({ client }) => client === "ours";
export const list = ({ client, ui }) => client === "ours" && ui === "list";

/** Waits for what a page says of itself. */
export const until = (page, condition, argument, timeout = 60_000) => page.waitForFunction(condition, argument, { timeout });
export const sees = (page, text, timeout) => until(page, (text) => run.shown().includes(text), text, timeout);
export const say = (page, text) => page.evaluate((text) => void run.say(text), text);
export const converse = async (page, text, timeout) => (await say(page, text), await sees(page, `echo: ${text}`, timeout));
export const id = (page) => page.evaluate(() => run.id());
const isOnline = (page) => until(page, () => run.statuses.at(-1) === 2);

/** All that was said, which is what has to be shown: lost, repeated and in disorder are counted. */
export async function agrees(page, service, early = []) {
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
