import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { ImageLayout, mediaTypes, writeTar } from '../../src/oci/index.ts';
import type { TarEntry } from '../../src/oci/index.ts';

export interface SmallBaseOptions {
  readonly architecture?: string;
  /** Paths and texts besides, or instead of (undefined takes one away), those of {@link baseFiles}. */
  readonly files?: Readonly<Record<string, string | undefined>>;
  readonly env?: readonly string[];
  readonly labels?: Readonly<Record<string, string>>;
}

const baseFiles: Readonly<Record<string, string>> = {
  'bin/sh': '#!',
  'usr/lib/x86_64-linux-gnu/libstdc++.so.6': 'library',
  'etc/os-release': 'ID=small\n',
};

/** A Node for the base, so that none is added: what is looked at is there, what would run is not. */
export const nodeInBase: Readonly<Record<string, string>> = {
  'usr/local/bin/node': 'node',
  'usr/local/include/node/node_version.h':
    '#define NODE_MAJOR_VERSION 24\n#define NODE_MINOR_VERSION 3\n#define NODE_PATCH_VERSION 1\n',
};

export function textFile(path: string, text: string): TarEntry {
  const bytes = Buffer.from(text);
  // eslint-disable-next-line typescript/require-await
  return {
    path,
    type: 'file',
    mode: 0o755,
    size: bytes.length,
    open: async function* () {
      yield bytes;
    },
  };
}

export async function tarOf(entries: readonly TarEntry[]): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of writeTar(entries)) parts.push(part);
  return Buffer.concat(parts);
}

/** An image layout with the least that a base has to have; it is looked into, not run. Returns its manifest's digest. */
export async function makeSmallBase(directory: string, options: SmallBaseOptions = {}): Promise<string> {
  const files = Object.entries({ ...baseFiles, ...options.files }).flatMap(([path, text]) =>
    text === undefined ? [] : [textFile(path, text)],
  );
  const tar = await tarOf(files);
  const layout = new ImageLayout(directory);
  const layer = await layout.blobs.write([gzipSync(tar)]);
  const architecture = options.architecture ?? 'amd64';
  const config = await layout.blobs.write([
    Buffer.from(
      JSON.stringify({
        os: 'linux',
        architecture,
        config: {
          Env: options.env ?? ['PATH=/usr/bin:/bin', 'LANG=C.UTF-8'],
          Cmd: ['/bin/sh'],
          Labels: options.labels,
        },
        rootfs: { type: 'layers', diff_ids: [`sha256:${createHash('sha256').update(tar).digest('hex')}`] },
        history: [{ created_by: 'a test' }],
      }),
    ),
  ]);
  const manifest = await layout.blobs.write([
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.manifest,
        config: { mediaType: mediaTypes.config, ...config },
        layers: [{ mediaType: mediaTypes.layerGzip, ...layer }],
      }),
    ),
  ]);
  await layout.publish([
    { mediaType: mediaTypes.manifest, ...manifest, platform: { os: 'linux', architecture } },
  ]);
  return manifest.digest;
}
