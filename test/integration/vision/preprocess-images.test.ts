import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { preprocessImages } from '../../../src/index.ts';
import { decodeImage, encodeImage, profilePreprocessing, resizeAndCrop } from '../../../src/vision/index.ts';
import { runCli } from '../../helpers/run-cli.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';

let folder: string;
let picture: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aml-deit-preprocess-'));
  picture = join(folder, 'noise.png');
  await writeFile(picture, await encodeImage(syntheticPicture(333, 501, 'noise'), { format: 'png' }));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe('preprocess', () => {
  it('writes the tensor as numpy reads it, without a model package', async () => {
    const out = join(folder, 'tensors');
    await preprocessImages({ images: [picture], out, format: 'npy', profile: 'deit' });
    const file = await readFile(join(out, 'noise.npy'));
    expect(file.subarray(0, 8)).toEqual(Buffer.from('\u0093NUMPY\u0001\u0000', 'latin1'));
    const headerEnd = 10 + file.readUInt16LE(8);
    expect(headerEnd % 64).toBe(0);
    expect(file.subarray(10, headerEnd).toString().trim()).toBe(
      "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 224, 224), }",
    );
    // The same picture's tensor stands in test/golden/vision/golden.json, as numpy made it.
    const golden = JSON.parse(await readFile('test/golden/vision/golden.json', 'utf8')) as {
      readonly profiles: readonly { input: unknown[]; profile: string; sha256: string }[];
    };
    const row = golden.profiles.find(
      (entry) => entry.profile === 'deit' && entry.input.join() === '333,501,noise',
    );
    expect(createHash('sha256').update(file.subarray(headerEnd)).digest('hex')).toBe(row?.sha256);
  });

  it('writes the cropped picture, and goes on past what it cannot read', async () => {
    const broken = join(folder, 'broken.jpg');
    await writeFile(broken, 'no picture');
    const out = join(folder, 'seen');
    const args = [
      'preprocess',
      picture,
      broken,
      join(folder, 'missing.png'),
      '--profile',
      'card',
      '--out',
      out,
    ];
    const { stdout, exitCode } = await runCli([...args, '--json']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toMatchObject({
      profile: 'card',
      failed: 2,
      results: [
        { ok: true, output: join(out, 'noise.png'), width: 333, height: 501 },
        { ok: false, error: { code: 'IMAGE_INVALID' } },
        { ok: false, error: { code: 'FILE_NOT_FOUND' } },
      ],
    });
    expect(await readdir(out)).toEqual(['noise.png']);
    const seen = await decodeImage(await readFile(join(out, 'noise.png')));
    expect(seen).toEqual(
      resizeAndCrop(syntheticPicture(333, 501, 'noise'), profilePreprocessing('card', 224)),
    );
  });

  it('keeps the extension where two pictures have one name, and refuses two that are called the same', async () => {
    const jpeg = join(folder, 'noise.jpg');
    await writeFile(jpeg, await encodeImage(syntheticPicture(30, 30, 'waves'), { format: 'jpeg' }));
    const out = join(folder, 'both');
    const { results } = await preprocessImages({ images: [picture, jpeg], out });
    expect(results.map((result) => result.ok && result.output)).toEqual([
      join(out, 'noise.png.png'),
      join(out, 'noise.jpg.png'),
    ]);
    await expect(preprocessImages({ images: [picture, picture], out })).rejects.toMatchObject({
      code: 'USAGE',
    });
    await expect(preprocessImages({ images: [picture], out: jpeg })).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITTEN',
    });
  });

  it('never writes over a picture that was given', async () => {
    const before = await readFile(picture);
    const link = join(folder, 'linked');
    await symlink(folder, link, 'junction');
    for (const out of [folder, `${folder}/../${basename(folder)}`, link]) {
      await expect(preprocessImages({ images: [picture], out })).rejects.toMatchObject({
        code: 'USAGE',
        message: `${join(out, 'noise.png')} is a picture that was given: it would be written over`,
      });
    }
    expect(await readFile(picture)).toEqual(before);
    const { failed } = await preprocessImages({ images: [picture], out: folder, format: 'npy' });
    expect(failed).toBe(0);
  });

  it.each([
    ['its own', {}],
    ['a profile', { profile: 'deit' as const }],
  ])('writes one channel for a model of one channel, by %s preprocessing', async (_, options) => {
    const grey = await makeTinyPackage({ num_channels: 1 });
    try {
      const out = join(folder, `grey-${Object.keys(options).length}`);
      await preprocessImages({ images: [picture], out, model: grey.directory, format: 'npy', ...options });
      const file = await readFile(join(out, 'noise.npy'));
      const headerEnd = 10 + file.readUInt16LE(8);
      expect(file.subarray(10, headerEnd).toString()).toContain("'shape': (1, 16, 16)");
      expect(file.length - headerEnd).toBe(16 * 16 * 4);
    } finally {
      await grey.remove();
    }
  });
});
