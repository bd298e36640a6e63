// graphql-ws or graphql-sse: URL and TOKEN in the environment, {client, query} on stdin, the first event on stdout.
import { text } from "node:stream/consumers";
import { createClient as createSse } from "graphql-sse";
import { createClient as createWs } from "graphql-ws";
import WebSocket from "ws";

const { client: name, query } = JSON.parse(await text(process.stdin));
const { URL: url, TOKEN: token } = process.env;
const authorization = `Bearer ${token}`;
const client =
  name === "graphql-ws"
    ? createWs({ url: url.replace("http:", "ws:"), webSocketImpl: WebSocket, connectionParams: { authorization }, retryAttempts: 0 })
    : createSse({ url, headers: { authorization }, retryAttempts: 0 });
for await (const event of client.iterate({ query })) {
  console.log(JSON.stringify(event));
  break;
}
client.dispose();
