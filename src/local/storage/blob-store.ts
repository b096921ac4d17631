import { createReadStream } from 'node:fs';
import { request } from 'node:http';
import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Writable } from 'node:stream';
import { createAccountSas } from './sas.ts';

export interface BlobStoreOptions {
  readonly port: () => Promise<number>;
  readonly account: string;
  readonly accountKey: string;
  readonly now: () => number;
}

export interface ListedBlob {
  readonly name: string;
  readonly bytes: number;
}

const apiVersion = '2021-12-02';
const blockBytes = 16 * 1024 * 1024;
const streamedBlockBytes = 4 * 1024 * 1024;
const sasLifetimeMs = 60 * 60 * 1000;
const timeoutMs = 60_000;

function unescapeXml(text: string): string {
  return text
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&apos;', "'")
    .replaceAll('&amp;', '&');
}

async function readText(response: IncomingMessage): Promise<string> {
  let text = '';
  response.setEncoding('utf8');
  for await (const part of response) text += part as string;
  return text;
}

function blobPath(container: string, name: string): string {
  return `/${container}/${name.split('/').map(encodeURIComponent).join('/')}`;
}

/** The twin's own way to its blobs, straight to Azurite. */
export class BlobStore {
  readonly #options: BlobStoreOptions;

  constructor(options: BlobStoreOptions) {
    this.#options = options;
  }

  get account(): string {
    return this.#options.account;
  }

  createSas(lifetimeMs: number = sasLifetimeMs, permissions?: string): string {
    const now = this.#options.now();
    return createAccountSas({
      account: this.#options.account,
      accountKey: this.#options.accountKey,
      // Clocks of clients may be behind.
      startsAt: now - 15 * 60 * 1000,
      expiresAt: now + lifetimeMs,
      ...(permissions === undefined ? {} : { permissions }),
    });
  }

  async #send(
    method: string,
    path: string,
    query: Readonly<Record<string, string>>,
    body?: { readonly stream: Readable; readonly bytes: number },
    headers: Readonly<Record<string, string>> = {},
  ): Promise<IncomingMessage> {
    const search = new URLSearchParams(query).toString();
    const port = await this.#options.port();
    return new Promise((resolve, reject) => {
      const outgoing = request({
        host: '127.0.0.1',
        port,
        method,
        path: `${path}?${search}${search === '' ? '' : '&'}${this.createSas()}`,
        timeout: timeoutMs,
        agent: false,
        headers: {
          host: `${this.#options.account}.blob.core.localhost`,
          'x-ms-version': apiVersion,
          'content-length': String(body?.bytes ?? 0),
          ...headers,
        },
      });
      outgoing.on('timeout', () => outgoing.destroy(new Error(`${method} ${path} timed out`)));
      outgoing.on('error', reject);
      outgoing.on('response', resolve);
      if (body === undefined) outgoing.end();
      else pipeline(body.stream, outgoing).catch(reject);
    });
  }

  async #expect(response: IncomingMessage, accepted: readonly number[], what: string): Promise<string> {
    const text = await readText(response);
    if (!accepted.includes(response.statusCode ?? 0))
      throw new Error(`${what}: blob service answered ${response.statusCode}: ${text.slice(0, 300)}`);
    return text;
  }

  async createContainer(container: string): Promise<void> {
    const response = await this.#send('PUT', `/${container}`, { restype: 'container' });
    await this.#expect(response, [201, 409], `container ${container}`);
  }

  /** A file as a block blob, in blocks, so that memory stays at one buffer of the stream. */
  async uploadFile(container: string, name: string, file: string, bytes: number): Promise<void> {
    const path = blobPath(container, name);
    const blocks: string[] = [];
    for (let start = 0; start < bytes; start += blockBytes) {
      const end = Math.min(start + blockBytes, bytes) - 1;
      const blockid = Buffer.from(String(blocks.length).padStart(8, '0')).toString('base64');
      const stream = createReadStream(file, { start, end });
      const response = await this.#send(
        'PUT',
        path,
        { comp: 'block', blockid },
        { stream, bytes: end - start + 1 },
      );
      await this.#expect(response, [201], `block ${blocks.length} of ${name}`);
      blocks.push(blockid);
    }
    await this.#commit(path, name, blocks);
  }

  /** A stream of any length as a block blob, one block in memory at a time. A stream that breaks leaves what was there. */
  async uploadStream(container: string, name: string, source: Readable): Promise<void> {
    const path = blobPath(container, name);
    const blocks: string[] = [];
    let chunks: Buffer[] = [];
    let held = 0;
    const put = async (): Promise<void> => {
      const blockid = Buffer.from(String(blocks.length).padStart(8, '0')).toString('base64');
      const body = { stream: Readable.from([Buffer.concat(chunks)]), bytes: held };
      const response = await this.#send('PUT', path, { comp: 'block', blockid }, body);
      await this.#expect(response, [201], `block ${blocks.length} of ${name}`);
      blocks.push(blockid);
      chunks = [];
      held = 0;
    };
    for await (const chunk of source as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      held += chunk.length;
      if (held >= streamedBlockBytes) await put();
    }
    if (held > 0) await put();
    await this.#commit(path, name, blocks);
  }

  async #commit(path: string, name: string, blocks: readonly string[]): Promise<void> {
    const list = `<?xml version="1.0" encoding="utf-8"?><BlockList>${blocks.map((id) => `<Latest>${id}</Latest>`).join('')}</BlockList>`;
    const body = { stream: Readable.from([list]), bytes: Buffer.byteLength(list) };
    const response = await this.#send('PUT', path, { comp: 'blocklist' }, body, {
      'content-type': 'application/xml',
    });
    await this.#expect(response, [201], name);
  }

  /** A blob's content and size, to be read to its end or destroyed; undefined when there is none. */
  async open(
    container: string,
    name: string,
  ): Promise<{ readonly content: Readable; readonly bytes: number } | undefined> {
    const response = await this.#send('GET', blobPath(container, name), {});
    if (response.statusCode === 200)
      return { content: response, bytes: Number(response.headers['content-length'] ?? 0) };
    await this.#expect(response, [404], name);
    return undefined;
  }

  /** Says whether there was one. */
  async delete(container: string, name: string): Promise<boolean> {
    const response = await this.#send('DELETE', blobPath(container, name), {});
    await this.#expect(response, [202, 404], name);
    return response.statusCode === 202;
  }

  /** Every blob whose name starts with `prefix`, page by page. */
  async *list(container: string, prefix: string): AsyncGenerator<ListedBlob> {
    let marker = '';
    do {
      const query = {
        restype: 'container',
        comp: 'list',
        prefix,
        maxresults: '1000',
        ...(marker === '' ? {} : { marker }),
      };
      const text = await this.#expect(
        await this.#send('GET', `/${container}`, query),
        [200],
        `list ${prefix}`,
      );
      for (const [, blob = ''] of text.matchAll(/<Blob>(.*?)<\/Blob>/gs)) {
        const name = /<Name[^>]*>([^<]*)<\/Name>/.exec(blob)?.[1];
        const bytes = /<Content-Length>(\d+)<\/Content-Length>/.exec(blob)?.[1];
        if (name !== undefined) yield { name: unescapeXml(name), bytes: Number(bytes ?? 0) };
      }
      marker = unescapeXml(/<NextMarker>([^<]*)<\/NextMarker>/.exec(text)?.[1] ?? '');
    } while (marker !== '');
  }

  async download(container: string, name: string, into: Writable): Promise<void> {
    const response = await this.#send('GET', blobPath(container, name), {});
    if (response.statusCode !== 200) await this.#expect(response, [200], name);
    await pipeline(response, into);
  }

  async deletePrefix(container: string, prefix: string): Promise<void> {
    for await (const blob of this.list(container, prefix)) await this.delete(container, blob.name);
  }
}
