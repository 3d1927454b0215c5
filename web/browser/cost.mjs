// COST: what a start and a frame take of the main thread, beside DirectLineJS in the same Chromium.
//
//     node web/browser/cost.mjs [--frames N] [--rounds N]
//
// Each client comes as the one file that a page's own build makes of it, and what it receives goes into
// the same list. A start is all tasks of the main thread from nothing to `Online`, by the processor's time
// in the browser's trace: on a machine that others use, the clock on the wall counts them as well. Some of
// it is the browser's own, for whoever makes the same requests: `nothing` does no more. A frame is the time
// in scripts, of the same kind.

import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

import { build } from "esbuild";
import { chromium } from "playwright-core";

import { begin } from "./service.mjs";

const { values } = parseArgs({ options: { frames: { type: "string", default: "300" }, rounds: { type: "string", default: "5" } } });
const [frames, rounds] = [Number(values.frames), Number(values.rounds)];
const service = await begin(process.env.DIRECTLINE_BIN ?? "target/debug/directline");
const executablePath = process.env.CHROMIUM ?? "/usr/bin/chromium";
const args = ["--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"];

/** One file of all that a module needs. */
async function bundled(contents) {
  const stdin = { contents, resolveDir: fileURLToPath(new URL("..", import.meta.url)) };
  const options = { bundle: true, minify: true, write: false, format: "esm", target: "es2022", define: { global: "globalThis" } };
  return (await build({ ...options, stdin })).outputFiles[0].text;
}
const ours = await bundled('export { createDirectLine as create } from "./dist/index.js"');
const theirs = await bundled('import { DirectLine } from "botframework-directlinejs"; export const create = (options) => new DirectLine(options)');
const nothing = `export function create({ domain, token }) {
  const activity$ = { subscribe() {} };
  const connectionStatus$ = { subscribe: async (tell) => {
    const headers = { Authorization: "Bearer " + token };
    const answer = await fetch(domain + "/v3/directline/conversations", { method: "POST", headers });
    const { streamUrl } = await answer.json();
    new WebSocket(streamUrl).addEventListener("open", () => tell(2));
  } };
  return { activity$, connectionStatus$ };
}`;
const clients = {
  nothing: { script: nothing, options: { domain: service.base } },
  ours: { script: ours, options: { domain: service.base } },
  "ours, with storageKey": { script: ours, options: { domain: service.base, storageKey: "cost" } },
  DirectLineJS: { script: theirs, options: { domain: `${service.base}/v3/directline` } },
};

/** The tasks of the main thread that has run the client, each by the milliseconds that it computed. */
function tasksOf(trace) {
  const { traceEvents } = JSON.parse(trace);
  const own = traceEvents.find(({ args }) => args?.data?.url?.endsWith("/client.js"));
  const tasks = traceEvents.filter(({ name, pid, tid, tdur }) => name === "RunTask" && pid === own.pid && tid === own.tid && tdur);
  return tasks.map(({ tdur }) => tdur / 1_000);
}

/** In the page: the conversation's id, once it is `Online`. */
async function inPage(options) {
  const { create } = await import("/web/dist/client.js");
  const line = create(options);
  const list = document.getElementById("shown");
  const show = (text) => list.append(Object.assign(document.createElement("li"), { textContent: text }));
  line.activity$.subscribe(({ type, text }) => type === "message" && show(text));
  await new Promise((resolve) => line.connectionStatus$.subscribe((status) => status === 2 && resolve()));
  return line.conversation?.id ?? line.conversationId;
}

/** A page without anything, where the client starts. */
async function start(browser, { script, options }) {
  const page = await (await browser.newContext()).newPage();
  // It lies beside its WebAssembly.
  await page.route("**/dist/client.js", (route) => route.fulfill({ contentType: "text/javascript", body: script }));
  await page.goto(`${service.page}/empty.html`);
  const devtools = await page.context().newCDPSession(page);
  const expression = `(${inPage})(${JSON.stringify({ ...options, token: await service.token() })})`;
  await browser.startTracing(page, { categories: ["devtools.timeline", "disabled-by-default-devtools.timeline"] });
  // Without the driver's own scripts in the page, which are larger than the client.
  const { result } = await devtools.send("Runtime.evaluate", { expression, awaitPromise: true, returnByValue: true });
  const tasks = tasksOf((await browser.stopTracing()).toString());
  return { page, devtools, conversation: result.value, tasks };
}

/** The time in scripts for each of many frames, in microseconds. */
async function perFrame({ page, devtools, conversation }) {
  await devtools.send("Performance.enable", { timeDomain: "threadTicks" });
  const scripts = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    return metrics.find(({ name }) => name === "ScriptDuration").value * 1e6;
  };
  const say = (text) => service.control(`conversations/${conversation}/say`, { text, channelData: { filling: "x".repeat(1_500) } });
  const shown = (count) => page.waitForFunction((count) => document.getElementById("shown").children.length === count, count, { polling: 500 });
  await say("the first");
  await shown(1);
  const before = await scripts();
  for (let frame = 1; frame <= frames; frame += 1) await say(`frame ${frame}`);
  await shown(frames + 1);
  return ((await scripts()) - before) / frames;
}

const figures = Object.fromEntries(Object.keys(clients).map((name) => [name, { sum: [], longest: [], frame: [] }]));
for (let round = 0; round < rounds; round += 1) {
  for (const [name, client] of Object.entries(clients)) {
    // Each start is the first that its browser has seen.
    const browser = await chromium.launch({ executablePath, args });
    const { tasks, ...started } = await start(browser, client);
    figures[name].sum.push(tasks.reduce((sum, task) => sum + task, 0));
    figures[name].longest.push(Math.max(...tasks));
    if (started.conversation) figures[name].frame.push(await perFrame(started));
    await browser.close();
  }
}
const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];
console.log(`frames of 2 KB, ${frames} of them; medians of ${rounds} rounds`);
for (const [name, { sum, longest, frame }] of Object.entries(figures)) {
  const perFrame = frame.length > 0 ? `; frame ${median(frame).toFixed(0)} µs` : "";
  console.log(`${name}: start ${median(sum).toFixed(1)} ms, its longest task ${median(longest).toFixed(1)} ms${perFrame}`);
}
service.stop();
process.exit();
