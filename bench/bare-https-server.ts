/** A server that does nothing but answer: what the client, TLS and the machine's load cost by themselves. */
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

const directory = process.argv[2] ?? '.';
const body = JSON.stringify({ value: 'x'.repeat(1000) });
const server = createServer(
  {
    key: readFileSync(join(directory, 'server-key.pem')),
    cert: readFileSync(join(directory, 'server.pem')),
  },
  (incoming, response) => {
    incoming.resume();
    response.writeHead(200, { 'content-type': 'application/json', 'content-length': String(body.length) });
    response.end(body);
  },
);
server.listen(0, '127.0.0.1', () => process.send?.((server.address() as AddressInfo).port));
process.on('disconnect', () => process.exit(0));
