// SERVICE: what the runs in a browser need around it: the service that breaks on command, a server for
// the pages, and the one who hands out tokens, as a page's own backend does.

import { spawn } from "node:child_process";
import { createReadStream, existsSync } from "node:fs";
import { createServer } from "node:http";
import { extname } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

const ROOT = new URL("../..", import.meta.url);
const TYPES = { ".html": "text/html", ".js": "text/javascript", ".wasm": "application/wasm" };

/** Starts the service and the server; both end with `stop`. */
export async function begin(command) {
  const options = ["serve", "--port", "0", "--ready", "json", "--control"];
  const child = spawn(command, options, { cwd: fileURLToPath(ROOT), stdio: ["ignore", "pipe", "ignore"] });
  process.on("exit", () => child.kill());
  const line = await new Promise((resolve, reject) => {
    createInterface(child.stdout).once("line", resolve);
    child.once("exit", (code) => reject(new Error(`${command} serve ended with ${code}`)));
  });
  const ready = JSON.parse(line);
  const call = async (url, { method = "POST", body, token } = {}) => {
    const headers = { "Content-Type": "application/json", ...(token && { Authorization: `Bearer ${token}` }) };
    const answer = await fetch(url, { method, headers, body: body && JSON.stringify(body) });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${url}: ${answer.status} ${text}`);
    return text && JSON.parse(text);
  };
  const control = (path, body, method = body ? "POST" : "GET") => call(`${ready.control}/${path}`, { method, body });
  /** A token for a new conversation, or another for one that is there. */
  const token = async (conversation) =>
    conversation
      ? (await call(`${ready.root}/conversations/${conversation}`, { method: "GET", token: ready.secret })).token
      : (await control("tokens", {})).token;

  /** What DirectLineJS wants for a reconnect. */
  const grant = (conversation, watermark) =>
    call(`${ready.root}/conversations/${conversation}?watermark=${watermark}`, { method: "GET", token: ready.secret });

  const server = createServer(async (request, response) => {
    const { pathname, searchParams } = new URL(request.url, "http://page");
    if (pathname === "/token") {
      const given = await token(searchParams.get("conversation")).catch(() => "");
      return response.writeHead(given ? 200 : 502).end(given);
    }
    if (pathname === "/grant") {
      const given = await grant(searchParams.get("conversation"), searchParams.get("watermark")).catch(() => null);
      return response.writeHead(given ? 200 : 502).end(JSON.stringify(given));
    }
    const file = fileURLToPath(new URL(`.${pathname}`, ROOT));
    if (!existsSync(file)) return response.writeHead(404).end();
    response.writeHead(200, { "Content-Type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  });
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const page = `http://127.0.0.1:${server.address().port}/web/browser`;
  const stop = () => (child.kill(), server.close(), server.closeAllConnections());
  return { ...ready, control, call, token, page, stop };
}
