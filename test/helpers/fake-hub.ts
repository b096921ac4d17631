import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';

export interface FakeHub {
  readonly endpoint: string;
  /** `METHOD path` of each request, with the range that was asked for. */
  readonly requests: string[];
  /** Whether a request to the place of large files carried a token. */
  readonly tokensAtStore: string[];
  /** Changes what it answers from now on. */
  faults: FakeHubFaults;
  close(): Promise<void>;
}

export interface FakeHubFaults {
  /** Cuts the connection after so many bytes of a large file, so many times. */
  cut?: { readonly after: number; times: number };
  /** Changes a byte of the large files. */
  damage?: boolean;
  /** Answers everything with this status. */
  status?: number;
  /** The token that is asked for. */
  token?: string;
  /** Says this commit whatever is asked. */
  commit?: string;
}

/** A commit of the fake: whatever is asked for is this one. */
export const fakeCommit = 'a5637dec350432794f7b93e31f910c9fb2c78a54';

/**
 * The three routes of the hub that a download takes, for one model: what a revision is, what is in it, and a file. Weights
 * are large files: their route redirects to another host, as the hub's does.
 */
export async function startFakeHub(
  repository: string,
  files: readonly string[],
  from: string,
  names: Readonly<Record<string, string>> = {},
): Promise<FakeHub> {
  const requests: string[] = [];
  const tokensAtStore: string[] = [];
  const hub: { faults: FakeHubFaults } = { faults: {} };
  const contents = new Map(files.map((name) => [names[name] ?? name, readFileSync(join(from, name))]));
  const isLarge = (name: string): boolean => /\.(?:bin|safetensors)$/.test(name);

  const store = createServer((request, response) => {
    if (request.headers.authorization !== undefined) tokensAtStore.push(request.headers.authorization);
    const content = contents.get(basename(request.url ?? ''));
    if (content === undefined) return void response.writeHead(404).end();
    const bytes = hub.faults.damage === true ? damaged(content) : content;
    const { cut } = hub.faults;
    const begin = rangeOf(request, bytes.length).begin;
    if (
      cut !== undefined &&
      cut.times > 0 &&
      begin < cut.after &&
      bytes.length > cut.after &&
      !isProbe(request)
    ) {
      cut.times -= 1;
      sendRange(request, response, bytes, cut.after);
      return;
    }
    sendRange(request, response, bytes);
  });
  const front = createServer((request, response) => {
    const path = decodeURIComponent((request.url ?? '').split('?', 1)[0] ?? '');
    requests.push(`${request.method} ${path}${request.headers.range ? ` ${request.headers.range}` : ''}`);
    const { status, token, commit = fakeCommit } = hub.faults;
    const json = (body: unknown): void =>
      void response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
    if (status !== undefined) return void response.writeHead(status).end('fault');
    if (token !== undefined && request.headers.authorization !== `Bearer ${token}`) {
      return void response.writeHead(401).end();
    }
    if (path.startsWith(`/api/models/${repository}/revision/`) && !path.endsWith('/missing')) {
      return json({
        _id: '1',
        id: repository,
        sha: commit,
        private: false,
        lastModified: '2026-01-01T00:00:00Z',
      });
    }
    if (path === `/api/models/${repository}/tree/${commit}`) return json([...contents].map(treeEntry));
    const name = path.startsWith(`/${repository}/resolve/${commit}/`) ? basename(path) : '';
    const content = contents.get(name);
    if (content === undefined) return void response.writeHead(404, { 'X-Error-Code': 'EntryNotFound' }).end();
    if (!isLarge(name)) return sendRange(request, response, content);
    response.writeHead(302, { location: `${address(store)}/${name}`, 'X-Linked-Size': content.length });
    response.end();
  });

  function treeEntry([name, content]: [string, Buffer]): object {
    const oid = createHash('sha1').update(`blob ${content.length}\0`).update(content).digest('hex');
    const sha256 = createHash('sha256').update(content).digest('hex');
    const lfs = { oid: sha256, size: content.length, pointerSize: 134 };
    return { type: 'file', path: name, size: content.length, oid, ...(isLarge(name) ? { lfs } : {}) };
  }

  for (const server of [store, front]) await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  return {
    endpoint: address(front),
    requests,
    tokensAtStore,
    get faults() {
      return hub.faults;
    },
    set faults(faults) {
      hub.faults = faults;
    },
    async close() {
      for (const server of [store, front]) {
        server.closeAllConnections();
        await new Promise((done) => server.close(done));
      }
    },
  };
}

function address(server: Server): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function damaged(content: Buffer): Buffer {
  const copy = Buffer.from(content);
  copy[copy.length - 1] = (copy.at(-1) ?? 0) ^ 1;
  return copy;
}

/** The library asks for one byte to learn a file's size. */
function isProbe(request: IncomingMessage): boolean {
  return request.headers.range === 'bytes=0-0';
}

function rangeOf(request: IncomingMessage, size: number): { begin: number; end: number } {
  const [, begin, end] = /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '') ?? [];
  return { begin: Number(begin ?? 0), end: Math.min(end ? Number(end) + 1 : size, size) };
}

/** Sends what was asked for, or breaks off at `until`. */
function sendRange(request: IncomingMessage, response: ServerResponse, bytes: Buffer, until?: number): void {
  const { begin, end } = rangeOf(request, bytes.length);
  const partial = request.headers.range !== undefined;
  response.writeHead(partial ? 206 : 200, {
    etag: '"etag"',
    'content-length': end - begin,
    ...(partial ? { 'content-range': `bytes ${begin}-${end - 1}/${bytes.length}` } : {}),
  });
  if (until === undefined) return void response.end(bytes.subarray(begin, end));
  // Ended, not destroyed: what was sent still arrives.
  response.write(bytes.subarray(begin, until), () => void response.socket?.end());
}
