import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { SeenCounts } from '../../../../src/serving/batch/batch-item.ts';
import { pathText, rowId } from '../../../../src/serving/batch/picture-names.ts';
import { walkPictures } from '../../../../src/serving/batch/walk-pictures.ts';

describe('the walk over a folder of pictures', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'aml-deit-walk-'));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  const file = (path: string): void => {
    mkdirSync(join(root, path, '..'), { recursive: true });
    writeFileSync(join(root, path), '');
  };
  const walk = async (after?: Buffer, folder = root): Promise<{ paths: Buffer[]; seen: SeenCounts }> => {
    const seen: SeenCounts = { items: 0, skipped: {} };
    const paths: Buffer[] = [];
    for await (const path of walkPictures(folder, { seen, after })) paths.push(path);
    return { paths, seen };
  };
  const texts = (paths: readonly Buffer[]): string[] => paths.map((path) => pathText(path).text);

  it('goes level by level in the order of the bytes, and continues after any of its steps', async () => {
    for (const path of ['b/2.png', 'b/1.png', 'a.jpg', 'b/c/é.png', 'b-1.png', 'Z/x', 'b0/q.heic'])
      file(path);
    const { paths, seen } = await walk();
    expect(texts(paths)).toEqual(['Z/x', 'a.jpg', 'b/1.png', 'b/2.png', 'b/c/é.png', 'b-1.png', 'b0/q.heic']);
    expect(seen).toEqual({ items: 7, skipped: {} });
    for (const [index, path] of paths.entries()) {
      const rest = await walk(path);
      expect(texts(rest.paths)).toEqual(texts(paths.slice(index + 1)));
    }
  });

  it('continues where the last file was, though that is gone and others came', async () => {
    for (const path of ['a.png', 'b/2.png', 'b/4.png', 'c.png']) file(path);
    file('b/1.png');
    expect(texts((await walk(Buffer.from('b/3.png'))).paths)).toEqual(['b/4.png', 'c.png']);
  });

  it('leaves out what is no picture by its name, and counts it; everything else is taken', async () => {
    for (const path of ['1.heic', 'noending', 'labels.csv', '.DS_Store', '.git/x.png', 'MLTable', 'a.JPEG'])
      file(path);
    const { paths, seen } = await walk();
    expect(texts(paths)).toEqual(['1.heic', 'a.JPEG', 'noending']);
    expect(seen).toEqual({ items: 3, skipped: { hidden: 2, 'no-picture-by-name': 2 } });
  });

  it('keeps names that are no UTF-8 apart', async () => {
    for (const byte of [0xe9, 0xea])
      writeFileSync(
        Buffer.concat([Buffer.from(`${root}/caf`), Buffer.from([byte]), Buffer.from('.png')]),
        '',
      );
    const { paths } = await walk();
    expect(paths.map((path) => pathText(path))).toEqual([
      { text: String.raw`caf\xE9.png`, bytes: Buffer.from('caf\xE9.png', 'latin1').toString('base64') },
      { text: String.raw`caf\xEA.png`, bytes: Buffer.from('caf\xEA.png', 'latin1').toString('base64') },
    ]);
  });

  it('gives every path an id of its own, that of an ordinary name being the name', () => {
    const ids = [
      ['a b/é.png', 'a b/é.png'],
      [String.raw`back\slash.png`, String.raw`back\slash.png`],
      [String.raw`caf\xE9.png`, String.raw`caf\\xE9.png`],
      [String.raw`caf\\xE9.png`, String.raw`caf\\\\xE9.png`],
    ] as const;
    for (const [path, id] of ids) {
      const bytes = Buffer.from(path);
      expect(rowId(bytes)).toEqual(id === path ? { id } : { id, idBytes: bytes.toString('base64') });
    }
    const byte = Buffer.from('caf\xE9.png', 'latin1');
    expect(rowId(byte)).toEqual({ id: String.raw`caf\xE9.png`, idBytes: byte.toString('base64') });
    expect(rowId(Buffer.from('a\\\xE9', 'latin1')).id).toBe(String.raw`a\\\xE9`);
    const piece = fc.constantFrom('\\', 'x', 'E', '9', '\xE9', '\xC3\xA9', 'a');
    const path = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
    fc.assert(
      fc.property(path, path, (a, b) => {
        const [first, second] = [a, b].map((text) => rowId(Buffer.from(text, 'latin1')).id);
        expect(first === second).toBe(a === b);
      }),
      { numRuns: 300 },
    );
  });

  it('follows links once: not into its own tree, nor back up, nor for ever', async () => {
    const outside = mkdtempSync(join(tmpdir(), 'aml-deit-outside-'));
    try {
      writeFileSync(join(outside, 'o.png'), '');
      symlinkSync(outside, join(outside, 'again'));
      file('in/a.png');
      symlinkSync(join(root, 'in'), join(root, 'twice'));
      symlinkSync('..', join(root, 'in', 'up'));
      symlinkSync(outside, join(root, 'linked'));
      symlinkSync(join(root, 'in', 'a.png'), join(root, 'file-link.png'));
      symlinkSync('self.png', join(root, 'self.png'));
      const { paths, seen } = await walk();
      expect(texts(paths)).toEqual(['file-link.png', 'in/a.png', 'linked/o.png', 'self.png']);
      expect(seen.skipped).toEqual({ 'link-into-tree': 3 });
    } finally {
      rmSync(outside, { recursive: true });
    }
  });

  it('needs a root that is there', async () => {
    await expect(walk(undefined, join(root, 'none'))).rejects.toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});
