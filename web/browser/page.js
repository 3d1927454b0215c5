// PAGE: a conversation in a list, or in Web Chat, on this client or on DirectLineJS. Whatever a test
// needs of it is `window.run`.

const { client = "ours", ui = "list", keep = "yes", domain, key = "run" } = Object.fromEntries(new URLSearchParams(location.search));

const script = (src) =>
  new Promise((onload, onerror) => document.head.append(Object.assign(document.createElement("script"), { src, onload, onerror })));
const token = (conversation) =>
  fetch(conversation ? `/token?conversation=${conversation}` : "/token").then((answer) => {
    if (!answer.ok) throw new Error(`no token: ${answer.status}`);
    return answer.text();
  });

const run = { statuses: [], posted: [], refused: [], longest: 0 };
window.run = run;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) run.longest = Math.max(run.longest, duration);
}).observe({ type: "longtask", buffered: true });

// As quick as it can be: its pause before a reconnect is three seconds, and up to twelve more by chance.
if (client === "theirs") Math.random = () => 0;
if (client === "theirs" || ui === "webchat") {
  await script("node_modules/botframework-webchat/dist/webchat.js");
}

if (client === "ours") {
  const began = performance.now();
  const core = await import("/web/dist/index.js");
  run.core = core;
  run.loaded = performance.now() - began;
  const stored = sessionStorage.getItem(key);
  const known = stored ? JSON.parse(stored).conversation : undefined;
  // What breaks every other second is waited for longer and longer; nobody here has the time.
  const hasty = { backoffInitial: 20, backoffMax: 200, attemptsAtOnce: 1000, timeout: 5000 };
  const kept = { ...(keep === "yes" && { storageKey: key }), fetchToken: token };
  run.line = core.createDirectLine({ domain, token: await token(known), ...kept, ...hasty });
} else {
  // What pages do by hand: the id is kept, and the history asked for from the start.
  const known = sessionStorage.getItem(key) ?? undefined;
  const options = { domain: `${domain}/v3/directline`, token: await token(known), timeout: 5000 };
  run.line = WebChat.createDirectLine({ ...options, ...(known && { conversationId: known, watermark: "0" }) });
  run.line.connectionStatus$.subscribe(async (status) => {
    if (run.line.conversationId) sessionStorage.setItem(key, run.line.conversationId);
    if (status !== 3) return;
    const { conversationId, watermark } = run.line;
    run.line.reconnect(await (await fetch(`/grant?conversation=${conversationId}&watermark=${watermark}`)).json());
  });
}
run.line.connectionStatus$.subscribe((status) => run.statuses.push(status));
run.id = () => (client === "ours" ? run.line.conversation?.id : run.line.conversationId);

/** Says it, and notes what came of it. */
run.say = (text) =>
  run.line.postActivity({ type: "message", from: { id: "user1" }, text }).subscribe(
    (id) => run.posted.push([text, id]),
    (error) => run.refused.push([text, String(error)]),
  );

if (ui === "webchat") {
  let connected;
  const isConnected = new Promise((resolve) => (connected = resolve));
  const store = WebChat.createStore({}, () => (next) => (action) => {
    if (action.type === "DIRECT_LINE/CONNECT_FULFILLED") connected();
    return next(action);
  });
  const element = document.getElementById("webchat");
  WebChat.renderWebChat({ directLine: run.line, store, userID: "user1", styleOptions: { bubbleMaxWidth: 600 } }, element);
  run.say = (text) => store.dispatch({ type: "WEB_CHAT/SEND_MESSAGE", payload: { text } });
  run.store = store;
  // What is said before is dropped by Web Chat.
  await isConnected;
  run.shown = () =>
    [...document.querySelectorAll("article")].flatMap((article) => {
      const text = article.querySelector(".webchat__text-content, .webchat__bubble__content .ac-textBlock");
      return text ? [text.textContent.trim()] : [];
    });
} else {
  const list = document.getElementById("shown");
  run.line.activity$.subscribe(
    ({ type, text }) => type === "message" && list.append(Object.assign(document.createElement("li"), { textContent: text })),
    (error) => (run.over = String(error)),
  );
  run.shown = () => [...list.children].map((item) => item.textContent);
}
run.isReady = true;
