import { existsSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, readlink, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BlobFiles, mediaTypes } from '../../../src/oci/index.ts';
import type { Descriptor } from '../../../src/oci/index.ts';
import { unpackImage } from '../../../src/oci/unpack-image.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { paxRecord, rawTar } from '../../helpers/raw-tar.ts';
import type { RawTarEntry } from '../../helpers/raw-tar.ts';

let root: string;
let folder: string;
let blobs: BlobFiles;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'unpack-'));
  folder = join(root, 'image');
  blobs = new BlobFiles(join(root, 'blobs'));
  await mkdir(folder);
  await writeFile(join(root, 'outside'), 'untouched');
});
afterEach(() => rm(root, { recursive: true }));

/** Whatever an archive holds, nothing beside the folder changes. */
async function requireUntouched(): Promise<void> {
  const beside = (await readdir(root)).sort().join();
  const outside = await readFile(join(root, 'outside'), 'utf8');
  if (beside !== 'blobs,image,outside' || outside !== 'untouched')
    throw new Error(`the archive reached out of its folder: ${beside}, ${outside}`);
}

async function unpack(
  layers: readonly (readonly RawTarEntry[] | Buffer)[],
  options: { readonly maxBytes?: number; readonly mediaType?: string } = {},
): Promise<void> {
  const descriptors: Descriptor[] = [];
  for (const layer of layers) {
    const bytes = Buffer.isBuffer(layer) ? layer : rawTar(layer);
    descriptors.push({ mediaType: options.mediaType ?? mediaTypes.layer, ...(await blobs.write([bytes])) });
  }
  const manifest = { schemaVersion: 2, config: descriptors[0] as Descriptor, layers: descriptors } as const;
  const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } } as const;
  const image = { descriptor: descriptors[0] as Descriptor, manifest, config };
  try {
    await unpackImage(image, blobs, folder, options);
  } finally {
    await requireUntouched();
  }
}

const text = (path: string): Promise<string> => readFile(join(folder, path), 'utf8');
const file = (path: string, content = path): RawTarEntry => ({ path, content });

describe('unpackImage stays in its folder', () => {
  it('with absolute paths, and links that lead out of it', async () => {
    await unpack([
      [
        file('/etc/passwd', 'inside'),
        { path: 'up', flag: '2', target: '../' },
        { path: 'root', flag: '2', target: '/' },
        { path: 'outside', flag: '2', target: join('..', 'outside') },
        file('up/a'),
        file('root/b'),
        // The link is replaced, not followed.
        file('outside', 'mine'),
        { path: 'etc/link', flag: '2', target: join(root, 'outside') },
      ],
      [file('etc/link', 'of the second layer')],
    ]);
    expect((await readdir(folder)).sort()).toEqual(['a', 'b', 'etc', 'outside', 'root', 'up'].sort());
    expect(await text('etc/passwd')).toBe('inside');
    expect(await text('outside')).toBe('mine');
    expect(await text('etc/link')).toBe('of the second layer');
    expect((await lstat(join(folder, 'etc/link'))).isSymbolicLink()).toBe(false);
  });

  it.each<[string, readonly RawTarEntry[]]>([
    ['a path with ..', [file('a/../../outside')]],
    ['.. in a pax header', [{ path: 'x', flag: 'x', content: paxRecord('path', '../outside') }, file('a')]],
    ['.. in a long name', [{ path: 'L', flag: 'L', content: '../outside\0' }, file('a')]],
    ['a hard link to a file outside', [{ path: 'a', flag: '1', target: '../outside' }]],
    ['a hard link to what is not there', [{ path: 'a', flag: '1', target: '/outside' }]],
    [
      'a hard link to a folder',
      [
        { path: 'd', flag: '5' },
        { path: 'a', flag: '1', target: 'd' },
      ],
    ],
    ['a hard link to itself', [file('a'), { path: 'a', flag: '1', target: 'a' }]],
    ['a deletion of the folder above', [file('a/.wh...')]],
    ['a deletion of the folder itself', [file('a/.wh..')]],
    ['a deletion of nothing', [file('.wh.')]],
    ['a file below a file', [file('a'), file('a/b')]],
    [
      'links in a circle',
      [{ path: 'a', flag: '2', target: 'b' }, { path: 'b', flag: '2', target: 'a' }, file('a/c')],
    ],
    ['a name with a zero', [{ path: 'x', flag: 'x', content: paxRecord('path', 'a\0b') }, file('a')]],
    ['a name of a thousand letters', [{ path: 'L', flag: 'L', content: 'a'.repeat(1000) }, file('a')]],
    ['an owner that is no number', [{ path: 'x', flag: 'x', content: paxRecord('uid', 'root') }, file('a')]],
    ['an owner beyond all', [{ ...file('a'), uid: Buffer.from('80ffffffffffffff', 'hex') }]],
    ['an entry of an unknown kind', [{ ...file('a'), flag: 'S' }]],
    ['a size that is no number', [{ ...file('a'), claimedBytes: Buffer.from('9999') }]],
    ['a file of exabytes', [{ ...file('a'), claimedBytes: Buffer.from('80000000ffffffffffffffff', 'hex') }]],
    ['a file of more bytes than come', [{ ...file('a'), claimedBytes: 2 ** 32 }]],
    ['a pax size that is none', [{ path: 'x', flag: 'x', content: paxRecord('size', '-1') }, file('a')]],
    ['a pax header without end', [{ path: 'x', flag: 'x', content: '99999 path=a' }, file('a')]],
    ['a pax header of megabytes', [{ path: 'x', flag: 'x', claimedBytes: 2 ** 30 }, file('a')]],
  ])('and refuses %s', async (_what, entries) => {
    expect(await failureOf(unpack([entries]))).toMatchObject({ code: 'OCI_IMAGE_INVALID', exitCode: 3 });
  });

  it('and makes no device or pipe, though a container has its own', async () => {
    await unpack([
      [
        { path: 'dev/sda', flag: '4' },
        { path: 'dev/mem', flag: '3' },
        { path: 'dev/pipe', flag: '6' },
        file('dev/file'),
      ],
    ]);
    expect(await readdir(join(folder, 'dev'))).toEqual(['file']);
  });
});

describe('unpackImage lays layers over each other', () => {
  it('takes the last of two entries of one name, and gives a hard link what it names', async () => {
    await unpack([
      [
        file('a', 'first'),
        file('a', 'second'),
        { path: 'b', flag: '1', target: '/a' },
        { path: 'l', flag: '2', target: 'a' },
        { path: 'l2', flag: '1', target: 'l' },
        file('d/x'),
        file('d', 'a file now'),
      ],
    ]);
    expect(await text('a')).toBe('second');
    expect((await stat(join(folder, 'b'))).ino).toBe((await stat(join(folder, 'a'))).ino);
    expect(await readlink(join(folder, 'l2'))).toBe('a');
    expect(await text('d')).toBe('a file now');
  });

  it('deletes what lower layers have and never what the same layer has, in any order', async () => {
    const lower = [file('d/old'), file('d/e/old'), file('gone/x'), file('kept'), file('same', 'lower')];
    await unpack([
      lower,
      [
        file('d/e/new'),
        file('d/.wh..wh..opq', ''),
        file('.wh.gone', ''),
        file('same', 'upper'),
        file('.wh.same', ''),
        file('.wh.never', ''),
      ],
    ]);
    expect((await readdir(folder)).sort()).toEqual(['d', 'kept', 'same']);
    expect(await readdir(join(folder, 'd'))).toEqual(['e']);
    expect(await readdir(join(folder, 'd', 'e'))).toEqual(['new']);
    expect(await text('same')).toBe('upper');
  });

  it('deletes a link and not what it leads to', async () => {
    await unpack([
      [file('d/x'), { path: 'l', flag: '2', target: 'd' }],
      [file('.wh.l', '')],
      [{ path: 'm', flag: '2', target: 'd' }, file('m/.wh.x', '')],
    ]);
    expect((await readdir(folder)).sort()).toEqual(['d', 'm']);
    // Through a link one deletes where it leads to, as a process inside would.
    expect(await readdir(join(folder, 'd'))).toEqual([]);
  });
});

describe('unpackImage refuses a layer', () => {
  const archive = rawTar([file('a', 'x'.repeat(100_000))]);
  const mediaType = mediaTypes.layerGzip;

  it('that unpacks to more than anybody wants', async () => {
    const bomb = gzipSync(rawTar([file('zeros', '\0'.repeat(8_000_000))]));
    expect(bomb.length).toBeLessThan(20_000);
    const failure = await failureOf(unpack([bomb], { mediaType, maxBytes: 1_000_000 }));
    expect(failure.code).toBe('OCI_IMAGE_INVALID');
    expect((await stat(join(folder, 'zeros'))).size).toBeLessThanOrEqual(1_000_000);
  });

  it('that together with the others does', async () => {
    const failure = await failureOf(
      unpack([archive, rawTar([file('b', 'y'.repeat(100_000))])], { maxBytes: 150_000 }),
    );
    expect(failure.code).toBe('OCI_IMAGE_INVALID');
  });

  it('that goes on after its end', async () => {
    const tail = gzipSync(Buffer.concat([archive, Buffer.alloc(8_000_000)]));
    expect((await failureOf(unpack([tail], { mediaType, maxBytes: 1_000_000 }))).code).toBe(
      'OCI_IMAGE_INVALID',
    );
  });

  it.each<[string, Buffer]>([
    ['cut off', gzipSync(archive).subarray(0, 100)],
    ['damaged', Buffer.concat([gzipSync(archive).subarray(0, 60), Buffer.alloc(60)])],
    ['not compressed', archive],
    ['cut off before it was compressed', gzipSync(archive.subarray(0, 2000))],
  ])('that is %s', async (_what, layer) => {
    expect((await failureOf(unpack([layer], { mediaType }))).code).toBe('OCI_IMAGE_INVALID');
  });

  it('whose bytes are not those of its digest', async () => {
    const { digest, size } = await blobs.write([archive]);
    await writeFile(blobs.path(digest), rawTar([file('other', 'x'.repeat(100_000))]));
    const layer = { mediaType: mediaTypes.layer, digest, size };
    const manifest = { schemaVersion: 2, config: layer, layers: [layer] } as const;
    const config = { os: 'linux', architecture: 'amd64', rootfs: { type: 'layers', diff_ids: [] } } as const;
    const failure = await failureOf(unpackImage({ descriptor: layer, manifest, config }, blobs, folder));
    expect(failure.code).toBe('OCI_IMAGE_INVALID');
    expect(existsSync(join(folder, 'a'))).toBe(false);
  });
});
