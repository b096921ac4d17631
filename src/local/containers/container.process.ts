/**
 * Looks after one container: runs it by runc, forwards a port of this machine to its port, asks it to end when told to,
 * and ends with it. This process is the first of its process namespace: when it ends, for whatever reason, the kernel ends
 * the container. The working directory is the bundle.
 */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { processEntry } from '../../io/index.ts';
import type { SupervisedContainer } from './launch-container.ts';

const { id, port, programs } = JSON.parse(readFileSync('container.json', 'utf8')) as SupervisedContainer;
const pollMs = 20;
/** Relative, because the path of a socket may have a hundred characters and no more. */
const socketPath = 'port.sock';

process.on('disconnect', () => process.exit(1));

const runc = spawn(programs.runc, ['--root', 'state', 'run', '--bundle', '.', '--pid-file', 'pid', id], {
  stdio: ['ignore', 'inherit', 'inherit'],
});
runc.on('error', (error) => {
  process.stderr.write(`runc did not start: ${error.message}\n`);
  process.exit(1);
});
runc.on('close', (code, signal) => process.exit(code ?? (signal === null ? 1 : 128)));

const stop = (): void => {
  spawn(programs.runc, ['--root', 'state', 'kill', id, 'TERM'], { stdio: 'ignore' }).on('error', () =>
    process.exit(1),
  );
};
process.on('message', (message) => {
  if ((message as { type?: string }).type === 'shutdown') stop();
});
process.on('SIGTERM', stop);

/** Another network is reached through a socket in the file system, which networks share. */
const server = createServer((incoming: Socket) => {
  const inner = connect(socketPath);
  for (const [a, b] of [
    [incoming, inner],
    [inner, incoming],
  ] as const) {
    a.on('error', () => b.destroy());
    a.on('close', () => b.destroy());
    a.pipe(b);
  }
});

rmSync(socketPath, { force: true });
const started = setInterval(() => {
  const pid = existsSync('pid') ? readFileSync('pid', 'utf8') : '';
  if (!/^\d+$/.test(pid)) return;
  clearInterval(started);
  const forwarder = spawn(
    programs.nsenter,
    [
      `--net=/proc/${pid}/ns/net`,
      process.execPath,
      processEntry('local/containers/forward'),
      socketPath,
      String(port),
    ],
    { stdio: ['ignore', 'inherit', 'inherit'] },
  );
  forwarder.on('error', () => process.exit(1));
  server.listen(0, '127.0.0.1', () => {
    process.send?.({ type: 'listening', port: (server.address() as AddressInfo).port });
  });
}, pollMs);
