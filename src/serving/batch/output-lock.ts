import { createHash } from 'node:crypto';
import { rm, stat } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import type { Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { makeFolders } from '../../io/index.ts';
import type { Shard } from './shard.ts';
import { written } from './shard-output.ts';

export interface OutputLock {
  release(): Promise<void>;
}

const answerMs = 1000;
const maxAttempts = 3;

/**
 * Keeps a second process of one rank out of an output folder, which it makes where there is none. The lock is a local
 * socket that listens: the system takes it back with the process however that ends, so there is nothing stale to judge by
 * process ids, and nothing lies in the folder. It holds on one machine; the folder is known by its device and inode.
 *
 * Throws OUTPUT_IN_USE, OUTPUT_NOT_WRITTEN. Undefined, with `onUnavailable` told, where the system has no such sockets.
 */
export async function lockShardOutput(
  directory: string,
  shard: Shard,
  onUnavailable: (why: string) => void,
): Promise<OutputLock | undefined> {
  const { dev, ino } = await written(directory, async () => {
    await makeFolders(directory);
    return stat(directory, { bigint: true });
  });
  const address = addressOf(
    createHash('sha256').update(`${dev} ${ino} ${shard.rank}`).digest('hex').slice(0, 24),
  );
  for (let attempt = 0; ; attempt += 1) {
    try {
      const server = await listen(address.path);
      return { release: () => new Promise((resolve) => server.close(() => resolve())) };
    } catch (error) {
      const code = systemErrorCode(error);
      if (code !== 'EADDRINUSE') {
        onUnavailable(code ?? String(error));
        return undefined;
      }
    }
    const holder = await askHolder(address.path);
    if (!holder.isGone || attempt === maxAttempts)
      throw new AmlDeitError(
        'OUTPUT_IN_USE',
        `another process${holder.pid === undefined ? '' : ` (${holder.pid})`} writes rank ${shard.rank} in ${directory}`,
        { hint: 'wait for it, end it, or choose another folder' },
      );
    // Ended meanwhile; where a socket is a file, that one is left of it.
    if (address.isFile) await rm(address.path, { force: true });
  }
}

/** Linux and Windows have names that are no files, and go with their owner. */
function addressOf(name: string): { readonly path: string; readonly isFile: boolean } {
  const label = `aml-deit-score-${name}`;
  if (process.platform === 'linux') return { path: `\0${label}`, isFile: false };
  if (process.platform === 'win32') return { path: String.raw`\\.\pipe\${label}`, isFile: false };
  return { path: join(tmpdir(), label), isFile: true };
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.end(String(process.pid));
    });
    server.once('error', reject);
    server.listen(path, () => {
      server.unref();
      resolve(server);
    });
  });
}

interface Holder {
  readonly isGone: boolean;
  /** Undefined where it does not answer: it may be busy. */
  readonly pid?: string;
}

function askHolder(path: string): Promise<Holder> {
  return new Promise((resolve) => {
    const socket = connect(path);
    let text = '';
    let isGone = false;
    socket.setTimeout(answerMs, () => socket.destroy());
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.on('error', (error) => {
      isGone = ['ECONNREFUSED', 'ENOENT'].includes(systemErrorCode(error) ?? '');
    });
    socket.on('close', () => resolve(/^\d+$/.test(text) ? { isGone, pid: text } : { isGone }));
  });
}
