import { createServer } from 'node:net';
import type { Server } from 'node:net';

/** A server that holds a port of the loopback; undefined where somebody else has it. */
export function holdPort(port: number): Promise<Server | undefined> {
  const server = createServer();
  return new Promise((resolve) => {
    server.once('error', () => resolve(undefined)).listen(port, '127.0.0.1', () => resolve(server));
  });
}

/** Below what systems give to who asks for any free port, above what services have. */
const first = 20_000;
const count = 10_000;
let last = process.pid;

/**
 * A port of the loopback that nobody takes although it is free: no system gives it away, and other processes of tests look
 * elsewhere.
 */
export async function quietPort(): Promise<number> {
  for (let tries = 0; tries < count; tries += 1) {
    last += 1;
    const port = first + (last % count);
    const server = await holdPort(port);
    if (server === undefined) continue;
    await new Promise((resolve) => server.close(resolve));
    return port;
  }
  throw new Error('no port is free');
}
