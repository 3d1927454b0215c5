// WEB CHAT: what only Web Chat does, by the clicks and keys of a user.

import assert from "node:assert/strict";

import { id, sees, sockets, until } from "./checks.mjs";

export const example = {
  title: "the page of examples/webchat",
  fits: ({ client, ui }) => client === "ours" && ui === "webchat",
  async run({ service, context }) {
    const page = await context.newPage();
    await page.goto(new URL(`/examples/webchat/index.html?domain=${encodeURIComponent(service.base)}`, service.page).href);
    await page.waitForSelector('[data-id="webchat-sendbox-input"]');
    await page.waitForTimeout(1_000);
    for (const text of ["one", "two"]) {
      await page.fill('[data-id="webchat-sendbox-input"]', text);
      await page.keyboard.press("Enter");
      await page.waitForSelector(`article:has-text("echo: ${text}")`);
      await page.reload();
      await page.waitForSelector(`article:has-text("echo: ${text}")`);
      await page.waitForTimeout(500);
    }
    const shown = await page.locator(".webchat__text-content").allTextContents();
    assert.deepEqual(shown.map((text) => text.trim()), ["one", "echo: one", "two", "echo: two"]);
    // More than a window holds, and what is typed into stays in sight, as does what came last.
    await page.setViewportSize({ width: 700, height: 300 });
    const [input, last] = [page.locator('[data-id="webchat-sendbox-input"]'), page.locator("article").last()];
    await page.waitForTimeout(500);
    for (const one of [input, last]) {
      const { y, height } = await one.boundingBox();
      assert.ok(y >= 0 && y + height <= 300, `${y} to ${y + height} of 300`);
    }
  },
};

export const webChat = {
  title: "Web Chat: a start, cards, answers by button, a file, a streamed answer",
  fits: ({ ui }) => ui === "webchat",
  async run({ service, open, picture }) {
    const page = await open();
    await page.fill('[data-id="webchat-sendbox-input"]', "typed by hand");
    await page.keyboard.press("Enter");
    await sees(page, "echo: typed by hand");
    const conversation = await id(page);
    const speak = (activity) => service.control(`conversations/${conversation}/say`, activity);
    // Between any two of them the socket breaks, so that each goes over a new one.
    const cut = () => service.control("faults", { on: "frame", do: "drop", limit: 1 });

    await cut();
    await speak({ hero: { title: "Colours", buttons: ["Red", "Blue"] } });
    await page.click('button:has-text("Blue")');
    await sees(page, "echo: Blue");
    await cut();
    await speak({ text: "Which one?", suggest: ["Green", "Yellow"] });
    await page.click('button:has-text("Green")');
    await sees(page, "echo: Green");

    await cut();
    const file = { name: "note.txt", mimeType: "text/plain", buffer: Buffer.from("a file of few words") };
    await page.setInputFiles('input[type="file"]', file);
    await page.keyboard.press("Enter");
    const send = page.locator('button[title="Send"], [data-testid="send box button"]').first();
    if (await send.isVisible().catch(() => false)) await send.click().catch(() => {});
    await page.waitForSelector('article:has-text("note.txt")');
    await until(page, () => !document.querySelector('[class*="send-status"]')?.textContent.includes("Sending"));
    const { activities } = await service.control(`conversations/${conversation}`);
    const files = activities.filter(({ activity }) => JSON.stringify(activity).includes("note.txt"));
    assert.equal(files.length, 1, `the file came once, ${JSON.stringify(activities.at(-1))}`);

    const words = "An answer that comes word by word".split(" ");
    for (let count = 1; count <= words.length; count += 1) {
      if (count === 4) await cut();
      const [first, text] = [count === 1, words.slice(0, count).join(" ")];
      const channelData = { streamType: "streaming", streamSequence: count, ...(!first && { streamId: "s-1" }) };
      await speak({ type: "typing", ...(first && { id: "s-1" }), text, channelData });
      if (count === 3) await page.waitForSelector('article:has-text("An answer that")');
    }
    await picture(page, "streaming");
    await speak({ text: `${words.join(" ")}.`, channelData: { streamType: "final", streamId: "s-1" } });
    await sees(page, `${words.join(" ")}.`);
    await picture(page, "webchat");
    const shown = await page.evaluate(() => run.shown());
    const once = ["typed by hand", "Blue", "Green", "Which one?", "Colours", `${words.join(" ")}.`];
    for (const text of once) assert.equal(shown.filter((its) => its === text).length, 1, text);
    return `${shown.length} shown, ${(await sockets(service)) - 1} breaks`;
  },
};
