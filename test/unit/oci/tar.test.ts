import { execFileSync } from 'node:child_process';
import { Readable } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readTar } from '../../../src/oci/index.ts';
import { tarOf, textFile } from '../../helpers/small-base.ts';

async function entriesOf(
  archive: Buffer,
  chunk = 1000,
): Promise<{ path: string; text: string; target: string }[]> {
  const chunks = Array.from({ length: Math.ceil(archive.length / chunk) }, (_, index) =>
    archive.subarray(index * chunk, (index + 1) * chunk),
  );
  const found: { path: string; text: string; target: string }[] = [];
  for await (const entry of readTar(Readable.from(chunks))) {
    const parts: Buffer[] = [];
    for await (const part of entry.content()) parts.push(part);
    found.push({ path: entry.path, text: Buffer.concat(parts).toString(), target: entry.target });
  }
  return found;
}

describe('a tar archive', () => {
  it('comes back as it was written, whatever the paths, contents and chunks are', async () => {
    const path = fc
      .array(fc.stringMatching(/^[a-zA-Z0-9äöü_.-]{1,60}$/), { minLength: 1, maxLength: 8 })
      .map((parts) => parts.map((part) => (/^\.+$/.test(part) ? 'dot' : part)).join('/'));
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ path, text: fc.string({ maxLength: 1500 }) }), { maxLength: 5 }),
        fc.integer({ min: 1, max: 2000 }),
        async (files, chunk) => {
          const archive = await tarOf(files.map((file) => textFile(file.path, file.text)));
          expect(archive.length % 512).toBe(0);
          expect(await entriesOf(archive, chunk)).toEqual(files.map((file) => ({ ...file, target: '' })));
        },
      ),
      { numRuns: 50 },
    );
  });

  it('is one that tar itself understands, long names and links included', async () => {
    const long = `${'folder/'.repeat(40)}file`;
    const archive = await tarOf([
      { path: 'd', type: 'directory', mode: 0o755, size: 0 },
      textFile('d/short', 'x'),
      textFile(long, 'y'),
      { path: 'link', type: 'symlink', mode: 0o777, size: 0, target: 't'.repeat(150) },
    ]);
    const listed = execFileSync('tar', ['-tvf', '-'], {
      input: archive,
      encoding: 'utf8',
      env: { ...process.env, TZ: 'UTC' },
    });
    expect(
      listed
        .trim()
        .split('\n')
        .map((line) => line.split(/\s+/).at(-1)),
    ).toEqual(['d/', 'd/short', long, 't'.repeat(150)]);
    expect(listed).toContain('1970-01-01 00:00');
    expect(listed.split('\n')[1]).toContain('0/0');
  });

  it.each([
    ['cut in a header', (archive: Buffer) => archive.subarray(0, 700)],
    ['cut in a file', (archive: Buffer) => archive.subarray(0, 512 + 100)],
    ['of other bytes', (archive: Buffer) => Buffer.alloc(archive.length, 65)],
    ['with a flipped bit in its header', (archive: Buffer) => Buffer.from(archive).fill(66, 10, 11)],
  ])('that is %s is refused', async (_what, damage) => {
    const archive = await tarOf([textFile('a', 'b'.repeat(300)), textFile('c', 'd')]);
    await expect(entriesOf(damage(archive))).rejects.toMatchObject({ code: 'OCI_IMAGE_INVALID' });
  });

  it('whose file changes while it is read is an error, not another archive', async () => {
    const entry = { ...textFile('a', 'four'), size: 5 };
    await expect(tarOf([entry])).rejects.toThrow(/4 of 5 bytes/);
  });
});
