// The same client as a program that is spoken to in lines, as `directline check` wants it: what it
// reads it sends, and what it receives it writes.
//
//     directline check -- node interop/directlinejs/lines.js

import { createInterface } from "node:readline";

import { ConnectionStatus, DirectLine } from "botframework-directlinejs";
import WebSocket from "ws";
import xhr2 from "xhr2";

// The client was written for browsers.
globalThis.XMLHttpRequest = xhr2.XMLHttpRequest;
globalThis.WebSocket = WebSocket;

const { DIRECTLINE_BASE, DIRECTLINE_SECRET, DIRECTLINE_TOKEN } = process.env;
// Its base has to end like this, unless the server's is another one.
const domain = new URL(DIRECTLINE_BASE).pathname === "/" ? `${DIRECTLINE_BASE}/v3/directline` : DIRECTLINE_BASE;
const line = new DirectLine({
  domain,
  secret: DIRECTLINE_SECRET,
  token: DIRECTLINE_TOKEN,
  // As short as it can be told to be.
  pollingInterval: 200,
  timeout: 2_000,
  // The pause before it reconnects is 3 s and up to 12 s more by chance; this chance is small.
  random: () => 0,
});
const end = (reason, status) => {
  console.error(reason);
  process.exit(status);
};
line.connectionStatus$.subscribe((status) => {
  console.error(ConnectionStatus[status]);
  const { ExpiredToken, FailedToConnect, Ended } = ConnectionStatus;
  if ([ExpiredToken, FailedToConnect, Ended].includes(status)) end("it goes on no more", 1);
});
line.activity$.subscribe(
  (activity) => console.log(JSON.stringify(activity)),
  (error) => end(`the stream ends: ${error?.message ?? error}`, 1),
  () => end("the stream ends", 0),
);
createInterface(process.stdin).on("line", (text) => {
  const message = { type: "message", from: { id: "user1" }, text };
  line.postActivity(message).subscribe(
    (id) => console.error(`posted: ${id}`),
    (error) => console.error(`not posted: ${error?.message ?? error}`),
  );
});
