// LINES: the package in a browser as a program that is spoken to in lines, as `directline check` wants
// it: what it reads it sends, and what it receives it writes.
//
//     directline check -- node web/browser/lines.mjs

import { readFile } from "node:fs/promises";
import { createServer } from "node:http";
import { createInterface } from "node:readline";

import { chromium } from "playwright-core";

const { DIRECTLINE_BASE, DIRECTLINE_SECRET, DIRECTLINE_TOKEN, DIRECTLINE_BROWSER, CHROMIUM = "/usr/bin/chromium" } = process.env;
const options = {
  domain: DIRECTLINE_BASE,
  ...(DIRECTLINE_TOKEN ? { token: DIRECTLINE_TOKEN } : { secret: DIRECTLINE_SECRET }),
  // Short pauses, so that nobody has to wait for what is tried again.
  ...{ backoffInitial: 20, backoffMax: 200, timeout: 2_000, connectTimeout: 2_000 },
  // A page can send no ping and hears no pong: there may be silence for longer than elsewhere.
  ...{ keepaliveInterval: 500, livenessTimeout: 10_000, pollingInterval: 200 },
};

const types = { js: "text/javascript", wasm: "application/wasm" };
const server = createServer(async ({ url }, response) => {
  if (url === "/") return response.setHeader("Content-Type", "text/html").end("<!doctype html>");
  const file = await readFile(new URL(`../dist${url}`, import.meta.url)).catch(() => undefined);
  response.writeHead(file ? 200 : 404, { "Content-Type": types[url.split(".").pop()] ?? "text/plain" }).end(file);
});
await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
const lines = [];
const input = createInterface(process.stdin).on("line", (line) => lines.push(line));

// Under `cases.mjs` there is one browser for all cases, each with a profile of its own.
const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];
const browser = DIRECTLINE_BROWSER
  ? await chromium.connect(DIRECTLINE_BROWSER)
  : await chromium.launch({ executablePath: CHROMIUM, args });
const page = await browser.newPage();
await page.goto(`http://127.0.0.1:${server.address().port}/`);
await page.exposeFunction("received", (activities) => process.stdout.write(activities.map((it) => `${it}\n`).join("")));
await page.exposeFunction("noted", (text) => console.error(text));
await page.exposeFunction("over", async (status) => {
  await browser.close();
  process.exit(status);
});
await page.evaluate(async (options) => {
  const { Conversation } = await import("/index.js");
  let isStranded = false;
  window.conversation = new Conversation(options, {
    activities: (all) => void window.received(all),
    event: (event) => {
      void window.noted(JSON.stringify(event));
      if (!("needs_token" in event)) return;
      // There is no other.
      isStranded = true;
      window.conversation.close();
    },
    ended: ({ how, reason }) => void window.noted(reason).then(() => window.over(how === "failed" || isStranded ? 1 : 0)),
  });
}, options);

const send = (text) =>
  page.evaluate((text) => void window.conversation.post({ type: "message", from: { id: "user1" }, text }), text);
for (const line of lines.splice(0)) await send(line);
input.removeAllListeners("line").on("line", (line) => void send(line).catch(() => {}));
