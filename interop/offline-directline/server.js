// offline-directline with a bot behind it that answers each message with an echo.
//
// It knows neither sockets nor credentials, and its watermarks are JSON numbers.

import { createServer } from "node:http";

import express from "express";
import offlineDirectLine from "offline-directline";

const LOOPBACK = "127.0.0.1";

const LATE_MS = 800;

/**
 * Acknowledges a message once its echo is at the service, so that echoes never overtake each other;
 * one that begins with "later" at once, as bots do that take their time.
 */
const bot = createServer(async (request, response) => {
  let body = "";
  for await (const chunk of request.setEncoding("utf8")) body += chunk;
  const activity = JSON.parse(body);
  if (activity.type === "message") {
    const { id, serviceUrl, conversation, text } = activity;
    if (text.startsWith("later")) {
      response.writeHead(200).end();
      await new Promise((resolve) => setTimeout(resolve, LATE_MS));
    }
    await fetch(`${serviceUrl}/v3/conversations/${conversation.id}/activities`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({ type: "message", text: `echo: ${text}`, replyToId: id }),
    });
  }
  if (!response.headersSent) response.writeHead(200).end();
});

bot.listen(0, LOOPBACK, () => {
  const app = express();
  app.use((request, _, next) => {
    console.error(`${request.method} ${request.url}`);
    next();
  });
  // Its own way to listen would take every address of the machine, so only its routes are used.
  const server = app.listen(0, LOOPBACK, () => {
    const serviceUrl = `http://${LOOPBACK}:${server.address().port}`;
    const botUrl = `http://${LOOPBACK}:${bot.address().port}`;
    app.use(offlineDirectLine.getRouter(serviceUrl, botUrl));
    console.log(`Serving at ${serviceUrl}/directline`);
  });
});
