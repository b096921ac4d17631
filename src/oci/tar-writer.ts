/**
 * Tar archives whose bytes are a function of their entries alone: owner 0, time 0, no names of users, no device
 * numbers. Format: POSIX ustar, with a pax header where a path or link is too long for it.
 */

export interface TarEntry {
  /** Below the root, with forward slashes and without one at either end. */
  readonly path: string;
  readonly type: 'file' | 'directory' | 'symlink';
  readonly mode: number;
  /** Of a file; 0 otherwise. */
  readonly size: number;
  readonly target?: string;
  /** Of a file: exactly `size` bytes. */
  readonly open?: () => AsyncIterable<Buffer>;
}

const blockBytes = 512;
const typeFlags = { file: '0', symlink: '2', directory: '5', pax: 'x' } as const;
const maxUstarSize = 0o77777777777;

function padding(size: number): Buffer {
  return Buffer.alloc((blockBytes - (size % blockBytes)) % blockBytes);
}

function octal(value: number, width: number): string {
  return `${value.toString(8).padStart(width - 1, '0')}\0`;
}

/** Splits a long path at a slash into ustar's prefix and name; undefined when no slash is at the right place. */
function splitPath(path: string): { readonly name: string; readonly prefix: string } | undefined {
  if (Buffer.byteLength(path) <= 100) return { name: path, prefix: '' };
  for (let at = path.indexOf('/'); at !== -1; at = path.indexOf('/', at + 1)) {
    const prefix = path.slice(0, at);
    const name = path.slice(at + 1);
    if (name !== '' && Buffer.byteLength(prefix) <= 155 && Buffer.byteLength(name) <= 100)
      return { name, prefix };
  }
  return undefined;
}

function header(fields: {
  readonly name: string;
  readonly prefix: string;
  readonly mode: number;
  readonly size: number;
  readonly flag: string;
  readonly link: string;
}): Buffer {
  const block = Buffer.alloc(blockBytes);
  block.write(fields.name, 0, 100, 'utf8');
  block.write(octal(fields.mode, 8), 100, 'latin1');
  block.write(octal(0, 8), 108, 'latin1');
  block.write(octal(0, 8), 116, 'latin1');
  block.write(octal(fields.size, 12), 124, 'latin1');
  block.write(octal(0, 12), 136, 'latin1');
  block.write('        ', 148, 'latin1');
  block.write(fields.flag, 156, 'latin1');
  block.write(fields.link, 157, 100, 'utf8');
  block.write('ustar\x0000', 257, 'latin1');
  block.write(octal(0, 8), 329, 'latin1');
  block.write(octal(0, 8), 337, 'latin1');
  block.write(fields.prefix, 345, 155, 'utf8');
  let sum = 0;
  for (const byte of block) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}

/** `LENGTH KEY=VALUE\n`, where the length counts its own digits. */
function paxRecord(key: string, value: string): string {
  const rest = Buffer.byteLength(` ${key}=${value}\n`);
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length += 1;
  return `${length} ${key}=${value}\n`;
}

function headersOf(entry: TarEntry): Buffer {
  const path = entry.type === 'directory' ? `${entry.path}/` : entry.path;
  const link = entry.target ?? '';
  const records: string[] = [];
  const split = splitPath(path);
  if (split === undefined) records.push(paxRecord('path', path));
  if (Buffer.byteLength(link) > 100) records.push(paxRecord('linkpath', link));
  if (entry.size > maxUstarSize) records.push(paxRecord('size', String(entry.size)));
  const { name, prefix } = split ?? { name: 'long-path', prefix: '' };
  const main = header({
    name,
    prefix,
    mode: entry.mode,
    size: entry.size > maxUstarSize ? 0 : entry.size,
    flag: typeFlags[entry.type],
    link: Buffer.byteLength(link) > 100 ? '' : link,
  });
  if (records.length === 0) return main;
  const body = Buffer.from(records.join(''), 'utf8');
  const extended = header({
    name: 'pax',
    prefix: '',
    mode: 0o644,
    size: body.length,
    flag: typeFlags.pax,
    link: '',
  });
  return Buffer.concat([extended, body, padding(body.length), main]);
}

/** The archive of the entries, in their order. A file that has another size than was said is an error. */
export async function* writeTar(entries: Iterable<TarEntry>): AsyncGenerator<Buffer> {
  for (const entry of entries) {
    yield headersOf(entry);
    if (entry.type !== 'file' || entry.size === 0) continue;
    let written = 0;
    for await (const chunk of entry.open?.() ?? []) {
      written += chunk.length;
      if (written > entry.size) break;
      yield chunk;
    }
    if (written !== entry.size)
      throw new Error(`${entry.path} changed while it was read: ${written} of ${entry.size} bytes`);
    yield padding(entry.size);
  }
  yield Buffer.alloc(2 * blockBytes);
}
