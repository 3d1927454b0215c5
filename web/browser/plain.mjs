// PLAIN: a browser with no more of the driver in it than it has to have. The driver keeps every page it
// knows of shown and awake; here one can be hidden and frozen, as browsers do with tabs of no use.

import { createServer } from "node:net";

import { chromium } from "playwright-core";

export async function plain(options) {
  const [browser, port] = await launched(options);
  const driver = await chromium.connectOverCDP(`http://127.0.0.1:${port}`, { noDefaults: true });
  const [context] = driver.contexts();
  return { newPage: () => context.newPage(), newCDPSession: (page) => context.newCDPSession(page), close: () => browser.close() };
}

/** Now and then Chromium crashes as it begins, before it has seen anything of ours. */
async function launched(options, tries = 3) {
  const port = await free();
  try {
    return [await chromium.launch({ ...options, args: [...options.args, `--remote-debugging-port=${port}`] }), port];
  } catch (error) {
    if (tries === 1) throw error;
    return launched(options, tries - 1);
  }
}

/** A port that nobody has. */
async function free() {
  const server = createServer();
  await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}
