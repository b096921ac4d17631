import { readFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import {
  decodeImage,
  encodeImage,
  preprocess,
  profilePreprocessing,
  startPreprocessor,
} from '../../../src/vision/index.ts';
import type { Preprocessing } from '../../../src/vision/index.ts';
import { syntheticPicture } from '../../helpers/synthetic-picture.ts';

const picture = new URL('../../golden/vision/pictures/baseline-420.jpg', import.meta.url);

describe('preprocessor', () => {
  const preprocessing = profilePreprocessing('deit', 32);
  const preprocessor = startPreprocessor(preprocessing);
  afterAll(() => preprocessor.close());

  it('gives what preprocess gives, in the order of the calls', async () => {
    const sizes = [40, 300, 35, 60] as const;
    const tensors = await Promise.all(
      sizes.map((size) => preprocessor.prepare(syntheticPicture(size, 50, 'noise'))),
    );
    expect(tensors).toEqual(
      sizes.map((size) => preprocess(syntheticPicture(size, 50, 'noise'), preprocessing)),
    );
  });

  it('takes encoded pictures and leaves their bytes alone', async () => {
    const bytes = readFileSync(picture);
    const tensor = await preprocessor.prepare(bytes);
    expect(bytes.length).toBeGreaterThan(0);
    expect(tensor).toEqual(preprocess(await decodeImage(bytes), preprocessing));
  });

  it('writes into memory that was given back, where it has the size', async () => {
    const first = await preprocessor.prepare(syntheticPicture(50, 50, 'noise'));
    preprocessor.recycle(first);
    const smaller = profilePreprocessing('deit', 16);
    const others = [preprocessing, smaller, preprocessing];
    const tensors: Float32Array[] = [];
    for (const one of others) {
      const tensor = await preprocessor.prepare(syntheticPicture(60, 40, 'edges'), { preprocessing: one });
      tensors.push(Float32Array.from(tensor));
      preprocessor.recycle(tensor);
    }
    expect(first).toHaveLength(0);
    expect(tensors).toEqual(others.map((one) => preprocess(syntheticPicture(60, 40, 'edges'), one)));
  });

  it('reads a picture when its turn comes, and not at all when nobody waits for it', async () => {
    const narrow = startPreprocessor(preprocessing, { maxDecoded: 1 });
    const gone = new AbortController();
    const reads: string[] = [];
    const read = (name: string) => async () => {
      reads.push(name);
      return syntheticPicture(40, 40, 'noise');
    };
    const first = narrow.prepare(read('first'));
    const dropped = narrow.prepare(read('dropped'), { signal: gone.signal });
    const last = narrow.prepare(read('last'), { preprocessing: profilePreprocessing('checkpoint', 16) });
    gone.abort(new Error('gone'));
    await expect(dropped).rejects.toThrow('gone');
    expect(await first).toHaveLength(3 * 32 * 32);
    expect(await last).toHaveLength(3 * 16 * 16);
    expect(reads).toEqual(['first', 'last']);
    await narrow.close();
  });

  it("refuses a picture that is not of the model's size, where nothing resizes it", async () => {
    const asItIs: Preprocessing = { ...preprocessing, resize: { mode: 'none' }, crop: null };
    const plain = startPreprocessor(asItIs, { imageSize: { height: 30, width: 40 } });
    expect(await plain.prepare(syntheticPicture(40, 30, 'noise'))).toHaveLength(3 * 30 * 40);
    await expect(plain.prepare(syntheticPicture(30, 40, 'noise'))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
      message: 'the picture is 30x40, and the model, whose pictures are not resized, takes 40x30',
    });
    await plain.close();
  });

  it('gives the memory of decoded pictures back', async () => {
    const side = 1500;
    const bytes = await encodeImage(
      { width: side, height: side, data: new Uint8Array(side * side * 3).fill(90) },
      { format: 'jpeg' },
    );
    const prepare = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) await preprocessor.prepare(bytes);
    };
    await prepare(10);
    const before = process.memoryUsage().rss;
    await prepare(40);
    // Forty decoded pictures are 270 MB.
    expect(process.memoryUsage().rss - before).toBeLessThan(135e6);
  });

  it('ends a thread that has hung, and says so to whoever waits', async () => {
    // The thread itself takes longer to start.
    const impatient = startPreprocessor(preprocessing, { timeoutMs: 1 });
    await expect(impatient.prepare(syntheticPicture(40, 40, 'noise'))).rejects.toMatchObject({
      code: 'PREPARING_CRASHED',
      message: 'the thread that prepares pictures ended: it did not finish a picture within 1 ms',
    });
    await impatient.close();
  });

  it('hands errors over with their code', async () => {
    const cropOnly: Preprocessing = { ...preprocessing, resize: { mode: 'none' } };
    const strict = startPreprocessor(cropOnly);
    await expect(strict.prepare(syntheticPicture(8, 8, 'noise'))).rejects.toMatchObject({
      code: 'IMAGE_INVALID',
    });
    await expect(strict.prepare(syntheticPicture(64, 64, 'noise'))).resolves.toHaveLength(3 * 32 * 32);
    await strict.close();
  });

  it('rejects what it held when it is closed, and starts again for the next picture', async () => {
    const closing = startPreprocessor(preprocessing);
    const held = closing.prepare(syntheticPicture(500, 500, 'noise'));
    const [outcome] = await Promise.allSettled([held, closing.close()]);
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'PREPARING_CRASHED' } });
    await expect(closing.prepare(syntheticPicture(50, 50, 'noise'))).resolves.toHaveLength(3 * 32 * 32);
    await closing.close();
  });
});
