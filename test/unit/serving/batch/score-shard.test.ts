import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  folderSource,
  rowFormats,
  scoreShard,
  ShardOutput,
  wholeInput,
} from '../../../../src/serving/batch/index.ts';
import type { AmlDeitError } from '../../../../src/errors/index.ts';
import { startInference } from '../../../../src/vision/index.ts';
import type { Inference } from '../../../../src/vision/index.ts';
import { writePictures } from '../../../helpers/picture-folder.ts';
import { scoreRows } from '../../../helpers/score-rows.ts';
import { makeTinyPackage } from '../../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../../helpers/tiny-package.ts';

const pictures = 200;
const miniBatch = 40;
const batchSize = 8;

describe('scoring a shard', () => {
  let model: TinyPackage;
  let inference: Inference;
  let folder: string;
  beforeAll(async () => {
    model = await makeTinyPackage();
    inference = await startInference({ packageDirectory: model.directory, threads: 1 });
    folder = mkdtempSync(join(tmpdir(), 'aml-deit-shard-'));
    await writePictures(join(folder, 'in'), pictures);
  });
  afterAll(async () => {
    await inference.close();
    rmSync(folder, { recursive: true, force: true });
    await model.remove();
  });

  const run = async (directory: string, options: { slow?: boolean; stopAfter?: number } = {}) => {
    const content = { kind: 'top', k: 1 } as const;
    const output = await ShardOutput.open({
      directory: join(folder, directory),
      shard: wholeInput,
      formats: rowFormats(['jsonl'], content, inference.manifest),
      rowsPerPart: 30,
      fingerprint: { any: 'thing' },
    });
    const stop = new AbortController();
    let scored = output.state.rows;
    let mostAhead = 0;
    let waits: Promise<unknown> = Promise.resolve();
    const append = output.append.bind(output);
    output.append = async (rows) => {
      // Slower than the model, whatever that takes.
      while (options.slow === true && scored < pictures && scored - output.state.rows <= batchSize)
        await delay(1);
      waits = append(rows);
      await waits;
      if (output.state.rows >= (options.stopAfter ?? Infinity)) stop.abort(new Error('enough'));
    };
    const outcome = scoreShard({
      inference: {
        ...inference,
        manifest: inference.manifest,
        run: async (pixels, count) => {
          const answer = await inference.run(pixels, count);
          scored += count;
          mostAhead = Math.max(mostAhead, scored - output.state.rows);
          return answer;
        },
      },
      source: folderSource(join(folder, 'in'), wholeInput, { maxBytes: 1e6, retries: 0 }),
      output,
      preprocessing: inference.manifest.preprocessing,
      decodeLimits: {},
      batchSize,
      miniBatch,
      errorThreshold: { kind: 'none' },
      onProgress: () => undefined,
      signal: stop.signal,
    });
    const failure = await outcome.then(
      () => undefined,
      (error: unknown) => error,
    );
    return { output, failure, mostAhead };
  };

  it('never has more scored than a mini-batch that is not on the disk', async () => {
    const { output, failure, mostAhead } = await run('slow', { slow: true });
    expect(failure).toBeUndefined();
    await output.finish(() => ({}));
    expect(scoreRows(join(folder, 'slow'))).toHaveLength(pictures);
    expect(mostAhead).toBeLessThanOrEqual(miniBatch);
    expect(mostAhead).toBeGreaterThan(batchSize);
  });

  it('keeps what is written when it is interrupted again and again, across parts', async () => {
    let starts = 0;
    for (let written = 0; written < pictures; starts += 1) {
      const { output, failure } = await run('stops', { stopAfter: written + 20 });
      expect([undefined, 'INTERRUPTED']).toContain((failure as AmlDeitError | undefined)?.code);
      expect(output.state.resumed).toBe(starts);
      expect(output.state.rows).toBeGreaterThan(written);
      written = output.state.rows;
      if (failure === undefined) await output.finish(() => ({}));
      else await output.close();
    }
    expect(starts).toBeGreaterThan(2);
    expect(scoreRows(join(folder, 'stops'))).toEqual(scoreRows(join(folder, 'slow')));
  });
});
