// The timeline in a real browser: clicks, keys, a search, both colour schemes, hostile texts, a live
// session, and how many frames a second it draws while it is zoomed with 100,000 events.
//
// node test.mjs DIRECTLINE CHROMIUM FOLDER, which gets the pictures.
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { appendFileSync, readFileSync, writeFileSync } from "node:fs";
import { request } from "node:http";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

const [directline, executablePath, folder] = process.argv.slice(2);
const command = (...all) => spawnSync(directline, all, { encoding: "utf8", maxBuffer: 1 << 28 });
const picture = (name) => `${folder}/${name}.png`;
const browser = await chromium.launch({ executablePath, args: ["--no-sandbox"] });

// A page that asks for anything but itself fails the test; so does one that says anything on its console.
async function open(path, options = {}) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 760 }, ...options });
  const said = [];
  page.on("console", (message) => said.push(message.text()));
  page.on("pageerror", (error) => said.push(String(error)));
  page.on("dialog", (dialog) => { said.push("a dialog"); dialog.dismiss(); });
  page.on("request", (request) => request.url() === path || request.url().endsWith("/marks") || said.push(request.url()));
  await page.goto(path);
  await page.waitForFunction(() => Number(document.getElementById("canvas").dataset.frames) > 0);
  return { page, said };
}
const view = (page) => page.evaluate("({ from, scale, chosen, hovered, count: items.from.length })");
const text = (page, id) => page.locator("#" + id).textContent();

async function demo() {
  const recording = `${folder}/demo.jsonl`, html = `${folder}/demo.html`;
  assert.equal(command("chat", "--demo", "--record", recording, "--overwrite").status, 0);
  assert.equal(command("timeline", recording, "-o", html, "--overwrite").status, 0);
  const { page, said } = await open("file://" + html, { colorScheme: "light" });
  assert.ok(await page.locator("#legend").isVisible());
  await page.screenshot({ path: picture("light") });
  await page.emulateMedia({ colorScheme: "dark" });
  await page.waitForTimeout(100);
  await page.screenshot({ path: picture("dark") });
  await page.emulateMedia({ colorScheme: "light" });

  // The wheel zooms around the pointer, a drag moves, a key shows all again.
  const whole = await view(page);
  await page.mouse.move(700, 300);
  for (let turn = 0; turn < 12; turn += 1) await page.mouse.wheel(0, -120);
  await page.waitForTimeout(100);
  const near = await view(page);
  assert.ok(near.scale > whole.scale * 5, "the wheel zooms");
  await page.mouse.down();
  await page.mouse.move(500, 300, { steps: 4 });
  await page.mouse.up();
  assert.ok((await view(page)).from > near.from, "a drag moves");
  await page.screenshot({ path: picture("near") });

  await page.keyboard.press("0");

  // What is under the pointer says what it is, and a click keeps it.
  const lane = await page.evaluate(() => {
    const tall = laneHeight(), index = items.lane.findIndex((lane, at) => lane === 1 && items.from[at] > from);
    const [y, size] = place(index, tall);
    return { index, x: LEFT + (items.from[index] - from) * scale + 1, y: y + size / 2 };
  });
  const box = await page.locator("#canvas").boundingBox();
  await page.mouse.move(box.x + lane.x, box.y + lane.y);
  assert.ok(await page.locator("#tip").isVisible(), "what is under the pointer is told");
  assert.match(await text(page, "tip"), /^requests: /);
  await page.mouse.click(box.x + lane.x, box.y + lane.y);
  assert.match(await text(page, "detail"), /requests: .*\nline \d+ {2}send with credential/);
  // To the millisecond, however far away one looks.
  assert.match(await text(page, "detail"), /^requests: .* {2}at \d+\.\d{3}s, for \d+\.\d{3}s\n/);

  // Keys zoom around what is chosen, which stays where it is.
  const where = () => page.evaluate("LEFT + (items.from[chosen] - from) * scale");
  const there = await where();
  for (let press = 0; press < 4; press += 1) await page.keyboard.press("+");
  assert.ok(Math.abs((await where()) - there) < 2, `${there} became ${await where()}`);
  await page.keyboard.press("0");

  // Keys: from mark to mark, and a search.
  const before = (await view(page)).chosen;
  await page.keyboard.press(".");
  assert.equal((await view(page)).chosen, before + 1);
  await page.keyboard.press("/");
  await page.keyboard.type("message 42");
  assert.match(await text(page, "found"), /^[1-9]\d* found$/);
  await page.keyboard.press("Enter");
  assert.match(await text(page, "detail"), /message 42/);
  await page.screenshot({ path: picture("search") });
  // What is found elsewhere comes into view.
  await page.evaluate(() => { zoom(8, width); move(1e9); });
  assert.ok(!(await page.evaluate(() => shown(chosen))), "it is out of view");
  await page.keyboard.press("Enter");
  assert.ok(await page.evaluate(() => shown(chosen) < width - EDGE), "it is in view");
  await page.screenshot({ path: picture("found") });
  await page.keyboard.press("Escape");
  await page.keyboard.press("0");
  assert.equal((await view(page)).scale, whole.scale, "all of it again");
  await page.getByRole("button", { name: "zoom in" }).click();
  assert.ok((await view(page)).scale > whole.scale);
  assert.match(await text(page, "sum"), /3\d breaks|[4-9]\d breaks/);
  assert.deepEqual(said, []);
  await page.close();
}

// A recording in which everybody says what a page must not obey, with a damaged line behind it.
async function hostile() {
  const evil = `</script><script>document.title="EVIL"</script><img src=x onerror="alert(1)"><!--<script>\u202e\u0000'"\``;
  const head = readFileSync(`${folder}/demo.jsonl`, "utf8").split("\n")[0];
  const lines = [head];
  const say = (value) => lines.push(JSON.stringify(value));
  say({ at: 10, in: { frame: { socket: 1, text: evil } } });
  say({ out: { event: { delivered: { activities: [{ id: evil, type: evil, from: evil, text: evil }], conversation: evil, watermark: evil } } } });
  say({ at: 20, in: { post: { key: 1, activity: JSON.stringify({ text: evil }) } } });
  say({ out: { event: { joined: { conversation: evil } } } });
  say({ out: { event: { faulted: { cause: { [evil]: evil }, next: evil } } } });
  say({ misuse: evil });
  say({ out: { [evil]: evil } });
  lines.push("{ damaged " + evil);
  writeFileSync(`${folder}/hostile.jsonl`, lines.join("\n") + "\n");
  const made = command("timeline", `${folder}/hostile.jsonl`, "-o", `${folder}/hostile.html`, "--overwrite");
  assert.equal(made.status, 1);
  assert.match(made.stderr, /line 8: .* is no action; the page shows what stands before it/);
  const { page, said } = await open(`file://${folder}/hostile.html`);
  for (let step = 0; step < 9; step += 1) {
    await page.keyboard.press(".");
    await page.mouse.move(200 + 100 * step, 100 + 60 * step);
  }
  await page.fill("#search", "<script>");
  assert.match(await text(page, "found"), /^[1-9]/);
  assert.match(await text(page, "damage"), /line 8: /);
  assert.equal(await page.title(), "A session of directline");
  assert.equal(await page.locator("img").count(), 0);
  assert.equal(await page.locator("script").count(), 2);
  assert.deepEqual(said, []);
  await page.screenshot({ path: picture("hostile") });
  await page.close();
}

// The policy lets nothing else run: what somebody brought into the page is refused.
async function sealed() {
  const { page, said } = await open(`file://${folder}/demo.html`);
  await page.evaluate(() => {
    const script = document.createElement("script");
    script.textContent = "document.title = 'EVIL'";
    document.body.append(script);
  });
  assert.equal(await page.title(), "A session of directline");
  assert.ok(said.some((line) => line.includes("Content Security Policy")), said.join());
  await page.close();
}

// Many posts that wait at once: no label lies on another, and no tick is cut off.
async function waiting() {
  const lines = [readFileSync(`${folder}/demo.jsonl`, "utf8").split("\n")[0]];
  const say = (value) => lines.push(JSON.stringify(value));
  const began = JSON.parse(lines[0]).at;
  for (let key = 0; key < 60; key += 1) say({ at: began + key * 200, in: { post: { key, activity: `{"text":"message number ${key}"}` } } });
  say({ at: began + 60_300, in: "woke" });
  writeFileSync(`${folder}/waiting.jsonl`, lines.join("\n") + "\n");
  assert.equal(command("timeline", `${folder}/waiting.jsonl`, "-o", `${folder}/waiting.html`, "--overwrite").status, 0);
  const { page, said } = await open(`file://${folder}/waiting.html`);
  const { words, right } = await page.evaluate(() => {
    const words = [], fillText = pen.fillText;
    pen.fillText = (text, x, y) => { words.push({ text, x, y, until: x + pen.measureText(text).width }); fillText.call(pen, text, x, y); };
    draw();
    pen.fillText = fillText;
    return { words, right: width };
  });
  assert.ok(words.some(({ text }) => text.startsWith("message number")));
  for (const one of words) {
    assert.ok(one.until <= right, `${one.text} is cut off`);
    const over = words.find((other) => other !== one && other.y === one.y && other.x < one.until && one.x < other.until);
    assert.ok(!over, `${one.text} lies on ${over?.text}`);
  }
  await page.screenshot({ path: picture("waiting") });
  assert.deepEqual(said, []);
  await page.close();
}

async function many() {
  const head = readFileSync(`${folder}/demo.jsonl`, "utf8").split("\n")[0];
  const lines = [head];
  const say = (value) => lines.push(JSON.stringify(value));
  let request = 0, at = 0;
  for (let round = 0; lines.length < EVENTS; round += 1) {
    const socket = (request += 2) + 1;
    say({ at: (at += 40), in: { socket_closed: { socket: socket - 2, reason: "broken" } } });
    say({ out: { event: { faulted: { cause: { socket_lost: "broken" }, next: "continues" } } } });
    say({ out: { event: { status: "connecting" } } });
    say({ out: { send: { request, purpose: "reconnect", method: "GET", url: "https://d.example", bearer: `b${round % 5}` } } });
    say({ at: (at += 30), in: { response: { request, status: 200, headers: [], body: { text: "{}" } } } });
    say({ out: { open: { socket, url: "wss://d.example" } } });
    say({ at: (at += 30), in: { socket_opened: { socket } } });
    say({ out: { event: { status: "live" } } });
    for (let count = 0; count < 20; count += 1) {
      say({ at: (at += 100), in: { post: { key: round * 20 + count, activity: `{"text":"message ${count}"}` } } });
      say({ out: { event: { posted: { key: round * 20 + count, outcome: { sent: { id: null } } } } } });
      say({ at: (at += 50), in: { frame: { socket, text: "{}" } } });
      say({ out: { event: { delivered: { activities: [{ text: `said ${count}` }], watermark: String(round * 20 + count) } } } });
    }
  }
  writeFileSync(`${folder}/many.jsonl`, lines.join("\n") + "\n");
  assert.equal(command("timeline", `${folder}/many.jsonl`, "-o", `${folder}/many.html`, "--overwrite").status, 0);
  const { page, said } = await open(`file://${folder}/many.html`);
  const { count } = await view(page);
  const marks = await page.evaluate("marks.length");
  assert.ok(marks >= EVENTS - 1, `${marks} marks`);
  // Each frame of the browser turns the wheel a little, in and out again; each drawing is timed as well.
  const measured = await page.evaluate(() => new Promise((done) => {
    const began = performance.now(), gaps = [];
    const drawn = Number(canvas.dataset.frames);
    let last = began, turns = 0;
    const turn = (now) => {
      gaps.push(now - last);
      last = now;
      const deltaY = (turns += 1) % 120 < 60 ? -60 : 60;
      canvas.dispatchEvent(new WheelEvent("wheel", { deltaY, clientX: 700, clientY: 300, cancelable: true, bubbles: true }));
      if (now - began < 4000) return requestAnimationFrame(turn);
      gaps.sort((one, other) => one - other);
      const frames = Number(canvas.dataset.frames) - drawn;
      done({ rate: (frames * 1000) / (now - began), worst: gaps[Math.floor(gaps.length * 0.95)] });
    };
    requestAnimationFrame(turn);
  }));
  console.log(`${marks} events, ${count} of them drawn: ${measured.rate.toFixed(0)} frames a second while zooming, 95 % within ${measured.worst.toFixed(0)} ms`);
  assert.ok(measured.rate >= 30, "30 frames a second at least");
  // Wherever one looks, the connection is somewhere: what lasts is drawn though it began long before.
  const bare = await page.evaluate(() => {
    const kept = { from, scale }, bare = [];
    const [y, tall] = [TOP + 5, laneHeight() - 10];
    for (let at = 1; at < 60; at += 1) {
      scale = [0.02, 0.2, 2][at % 3]; from = (end * at) / 60;
      draw();
      const [red, green, blue] = pen.getImageData(700 * devicePixelRatio, (y + tall - 2) * devicePixelRatio, 1, 1).data;
      if (Math.max(red, green, blue) > 0xf0) bare.push(at);
    }
    ({ from, scale } = kept);
    return bare;
  });
  assert.deepEqual(bare, []);
  await page.fill("#search", "said 7");
  assert.match(await text(page, "found"), /^\d{3,} found$/);
  await page.screenshot({ path: picture("many") });
  // The advice of the browser is for whoever reads pixels in earnest.
  assert.deepEqual(said.filter((line) => !line.includes("willReadFrequently")), []);
  await page.close();
}

// A session as it goes: the page is open before anything is said.
async function live() {
  const service = spawn(directline, ["chat", "--demo", "--record", "-"], { stdio: ["ignore", "pipe", "ignore"] });
  const timeline = spawn(directline, ["timeline", "-", "--follow"], { stdio: [service.stdout, "pipe", "inherit"] });
  const [address] = await once(createInterface(timeline.stdout), "line");
  const { page, said } = await open(address);
  const counts = new Set();
  for (let look = 0; look < 200; look += 1) {
    counts.add((await view(page)).count);
    if ((await text(page, "sum")).includes("the recording has ended")) break;
    await page.waitForTimeout(100);
  }
  assert.match(await text(page, "sum"), /ended · the recording has ended$/);
  assert.ok(counts.size > 5, "it grew while it was looked at");
  // What somebody else's page asks for under another name is not told.
  const [stranger] = await once(request(address, { headers: { Host: "evil.example" } }).end(), "response");
  assert.equal(stranger.statusCode, 404);
  await page.getByRole("button", { name: "follow" }).click();
  await page.screenshot({ path: picture("live") });
  assert.deepEqual(said, []);
  await page.close();
  timeline.kill();
  service.kill();
}

// The same of a file that is written on while it is looked at, with a line that comes in two pieces.
async function growing() {
  const path = `${folder}/growing.jsonl`;
  const [head, ...lines] = readFileSync(`${folder}/demo.jsonl`, "utf8").split("\n").slice(0, 60);
  writeFileSync(path, head + "\n" + lines[0].slice(0, 9));
  const timeline = spawn(directline, ["timeline", path, "--follow"], { stdio: ["ignore", "pipe", "inherit"] });
  const [address] = await once(createInterface(timeline.stdout), "line");
  const { page, said } = await open(address);
  assert.equal(await page.evaluate("marks.length"), 0);
  appendFileSync(path, lines[0].slice(9) + "\n" + lines.slice(1).join("\n") + "\n");
  await page.waitForFunction(() => marks.length > 30, null, { timeout: 10_000 });
  assert.ok(await page.locator("#damage").isHidden());
  timeline.kill();
  await page.waitForFunction(() => document.getElementById("sum").textContent.endsWith("nothing more comes"));
  assert.ok(said.every((line) => line.includes("Failed to load") || line.includes("ERR_")), said.join());
  await page.close();
}

const EVENTS = 100_000;
for (const part of [demo, hostile, sealed, waiting, many, live, growing]) {
  await part();
  console.log(`ok ${part.name}`);
}
await browser.close();
