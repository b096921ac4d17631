/** Runs in a container's network, of which it forwards one port to a socket in the file system. */
import { connect, createServer } from 'node:net';

const [, , socketPath = '', port = ''] = process.argv;

createServer((incoming) => {
  const inner = connect(Number(port), '127.0.0.1');
  for (const [a, b] of [
    [incoming, inner],
    [inner, incoming],
  ] as const) {
    a.on('error', () => b.destroy());
    a.on('close', () => b.destroy());
    a.pipe(b);
  }
}).listen(socketPath);
