import {
  cpSync,
  existsSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
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
import type { BatchSource } from '../../../../src/serving/batch/index.ts';
import type { ShardOutcome } from '../../../../src/serving/batch/score-shard.ts';
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

  interface RunOptions {
    readonly slow?: boolean;
    readonly stopAfter?: number;
    readonly input?: string;
    readonly filesPerTurn?: number;
    /** Called when there are rows, and the folder had been looked over before its first picture was read. */
    readonly onRows?: () => void;
  }
  const sourceOf = ({ input = 'in', filesPerTurn }: RunOptions): BatchSource => {
    const shard = filesPerTurn === undefined ? wholeInput : { rank: 0, worldSize: 2 };
    const source = folderSource(join(folder, input), shard, { maxBytes: 1e6, retries: 0 }, filesPerTurn);
    const looked = Promise.withResolvers<void>();
    return {
      ...source,
      async *items(after, signal) {
        await looked.promise;
        yield* source.items(after, signal);
      },
      survey: (...given) => source.survey(...given).finally(looked.resolve),
    };
  };
  const run = async (directory: string, options: RunOptions = {}) => {
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
      source: sourceOf(options),
      output,
      preprocessing: inference.manifest.preprocessing,
      decodeLimits: {},
      batchSize,
      miniBatch,
      errorThreshold: { kind: 'none' },
      onProgress: () => options.onRows?.(),
      signal: stop.signal,
    });
    const [{ status, ...ended }] = await Promise.allSettled([outcome]);
    const failure: unknown = status === 'rejected' ? (ended as PromiseRejectedResult).reason : undefined;
    const { late, vanished } =
      status === 'rejected' ? {} : (ended as PromiseFulfilledResult<ShardOutcome>).value;
    return { output, failure, mostAhead, late, vanished };
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
    let isDone = false;
    for (let written = 0; !isDone; starts += 1) {
      const { output, failure } = await run('stops', { stopAfter: written + 20 });
      expect([undefined, 'INTERRUPTED']).toContain((failure as AmlDeitError | undefined)?.code);
      expect(output.state.resumed).toBe(starts);
      // Stopped after its last row it has only to look whether that was all.
      expect(output.state.rows).toBeGreaterThan(Math.min(written, pictures - 1));
      written = output.state.rows;
      isDone = failure === undefined;
      if (isDone) await output.finish(() => ({}));
      else await output.close();
    }
    expect(starts).toBeGreaterThan(2);
    expect(scoreRows(join(folder, 'stops'))).toEqual(scoreRows(join(folder, 'slow')));
  });

  const idsOf = (directory: string): string[] => scoreRows(join(folder, directory)).map(({ id }) => id);
  const copyOfInput = (name: string): string => {
    cpSync(join(folder, 'in'), join(folder, name), { recursive: true });
    return join(folder, name);
  };

  it('has a row of what comes before its place, and of what goes before its turn', async () => {
    const input = copyOfInput('moving');
    const { output, failure, late, vanished } = await run('moved', {
      input: 'moving',
      onRows: () => {
        const came = join(input, 'class-0', '!came.png');
        if (!existsSync(came)) cpSync(join(input, 'class-0', '0.png'), came);
        rmSync(join(input, 'class-3'), { recursive: true, force: true });
      },
    });
    expect(failure).toBeUndefined();
    await output.finish(() => ({}));
    expect(readdirSync(join(folder, 'moved')).filter((name) => name.startsWith('.'))).toEqual([]);
    expect([...idsOf('moved')].sort()).toEqual(['class-0/!came.png', ...idsOf('slow')].sort());
    const gone = scoreRows(join(folder, 'moved')).filter(({ error }) => error?.code === 'FILE_NOT_FOUND');
    expect(gone.map(({ id }) => id.split('/')[0])).toEqual(Array.from({ length: 50 }, () => 'class-3'));
    expect({ late, vanished }).toEqual({ late: 51, vanished: 50 });
  });

  it('scores what came while it was stopped, and is stopped at that too, each picture once', async () => {
    const input = copyOfInput('growing');
    renameSync(join(input, 'class-0'), join(folder, 'later'));
    const first = await run('grown', { input: 'growing', stopAfter: 20 });
    await first.output.close();
    renameSync(join(folder, 'later'), join(input, 'class-0'));
    const second = await run('grown', { input: 'growing', stopAfter: 160 });
    expect((second.failure as AmlDeitError).code).toBe('INTERRUPTED');
    expect(second.output.state.rows).toBeLessThan(pictures);
    await second.output.close();
    const third = await run('grown', { input: 'growing' });
    expect(third).toMatchObject({ failure: undefined, vanished: 0 });
    expect(third.late).toBeLessThan(50);
    await third.output.finish(() => ({}));
    expect([...idsOf('grown')].sort()).toEqual([...idsOf('slow')].sort());
  });

  it('is not continued with another folder, and is with its own wherever that lies', async () => {
    const input = copyOfInput('moved on');
    const begun = await run('continued', { input: 'moved on', stopAfter: 20 });
    await begun.output.close();
    const refusal = async (folderName: string): Promise<string> => {
      const { failure, output } = await run('continued', { input: folderName });
      await output.close();
      expect(failure).toMatchObject({ code: 'OUTPUT_EXISTS' });
      return (failure as AmlDeitError).message;
    };
    await writePictures(join(folder, 'strange'), 4);
    renameSync(join(folder, 'strange', 'class-0'), join(folder, 'strange', 'other'));
    expect(await refusal('strange')).toMatch(/none of its \d+ pictures is in this one/);
    const first = join(input, idsOf('slow')[0] ?? '');
    const bytes = readFileSync(first);
    cpSync(join(input, 'class-1', '1.png'), first);
    expect(await refusal('moved on')).toMatch(/class-0\/0.png was another picture/);
    writeFileSync(first, bytes);
    renameSync(input, join(folder, 'elsewhere'));
    const { failure, output } = await run('continued', { input: 'elsewhere' });
    expect(failure).toBeUndefined();
    await output.finish(() => ({}));
    expect(scoreRows(join(folder, 'continued'))).toEqual(scoreRows(join(folder, 'slow')));
  });

  it('ends where a folder that changed gives the processes other pictures', async () => {
    const input = copyOfInput('turns');
    const { failure, output } = await run('turned', {
      input: 'turns',
      filesPerTurn: 10,
      onRows: () => rmSync(join(input, 'class-3'), { recursive: true, force: true }),
    });
    expect((failure as AmlDeitError).code).toBe('INPUT_CHANGED');
    await output.close();
  });
});
