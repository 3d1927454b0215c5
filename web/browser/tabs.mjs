// TABS: more than one of them with one conversation.

import assert from "node:assert/strict";

import { agrees, converse, list, say, sockets } from "./checks.mjs";

/** One begins, and another gets its storage, as a browser does that duplicates a tab. */
async function both(context, open) {
  const first = await open();
  await converse(first, "in the first tab");
  const state = await first.evaluate(() => sessionStorage.getItem("run"));
  await context.addInitScript((state) => sessionStorage.getItem("run") ?? sessionStorage.setItem("run", state), state);
  const second = await open();
  await second.waitForTimeout(500);
  return [first, second];
}

async function wait(service, context, open, told) {
  const [first, second] = await both(context, open);
  assert.equal(await sockets(service), 1, "the second waits");
  assert.ok(told.some((text) => text.includes("another tab has this conversation")), "and is told");
  await converse(first, "still in the first tab");
  await first.close();
  await converse(second, "in the second tab");
  assert.equal(await sockets(service), 2, "one at a time");
  return agrees(second, service, ["in the second tab", "echo: in the second tab"]);
}

export const tabs = {
  title: "two tabs with one conversation",
  fits: list,
  run: ({ service, context, open, told }) => wait(service, context, open, told),
};

export const withoutLocks = {
  title: "two tabs with one conversation, where no page has Web Locks",
  fits: list,
  async run({ service, context, open, told }) {
    await context.addInitScript(() => Object.defineProperty(Navigator.prototype, "locks", { value: undefined }));
    return wait(service, context, open, told);
  },
};

export const stale = {
  title: "a tab that waited while the network came and went begins once",
  fits: list,
  async run({ service, context, open }) {
    const [first, second] = await both(context, open);
    await context.setOffline(true);
    await say(second, "said while it waited");
    await second.waitForTimeout(200);
    await context.setOffline(false);
    await second.evaluate(() => {
      const { fetch } = window;
      run.asked = [];
      window.fetch = (url, request) => {
        if (request?.method === "GET") run.asked.push([Math.round(performance.now()), url]);
        return fetch(url, request);
      };
    });
    await first.close();
    await converse(second, "after that");
    const asked = await second.evaluate(() => run.asked);
    const repeated = asked.filter(([at, url], place) => place > 0 && url === asked[place - 1][1] && at - asked[place - 1][0] < 200);
    assert.ok(asked.length > 0 && repeated.length === 0, JSON.stringify(asked));
    return agrees(second, service, ["said while it waited", "echo: said while it waited", "after that", "echo: after that"]);
  },
};
