import { describe, expect, it } from 'vitest';
import { AmlDeitError } from '../../../src/errors/index.ts';
import type { Engine, EngineTensor } from '../../../src/vision/engine.ts';
import type { InferenceReply, InferenceRequest } from '../../../src/vision/inference-protocol.ts';
import { createModelHost } from '../../../src/vision/model-host.ts';

const load: InferenceRequest = {
  type: 'load',
  graphFile: '/packages/deit/model.onnx',
  threads: 3,
  input: [1, 2, 2],
  provider: 'auto',
  labels: 2,
  hiddenSize: 1,
  warmUpBatches: [1, 2, 4, 8],
};

/** A second engine: its logits are each picture's sum and its first value, its feature the mean. */
function arithmeticEngine(overrides: Partial<Record<'logits' | 'features', EngineTensor>> = {}): {
  readonly engine: Engine;
  readonly runs: number[];
  readonly mostAtOnce: () => number;
} {
  const runs: number[] = [];
  let atOnce = 0;
  let mostAtOnce = 0;
  return {
    runs,
    mostAtOnce: () => mostAtOnce,
    engine: {
      load: async () => ({
        provider: 'cpu',
        async run(pixels, dims) {
          const [count = 0, ...shape] = dims;
          const size = shape.reduce((product, dim) => product * dim, 1);
          runs.push(count);
          atOnce += 1;
          mostAtOnce = Math.max(mostAtOnce, atOnce);
          await new Promise(setImmediate);
          atOnce -= 1;
          if (pixels.some(Number.isNaN)) throw new Error('not a number');
          const rows = Array.from({ length: count }, (_, row) =>
            pixels.subarray(row * size, (row + 1) * size),
          );
          const sum = (row: Float32Array): number => row.reduce((total, value) => total + value, 0);
          return {
            logits: float32(
              [count, 2],
              rows.flatMap((row) => [sum(row), row[0] ?? 0]),
            ),
            features: float32(
              [count, 1],
              rows.map((row) => sum(row) / size),
            ),
            ...overrides,
          };
        },
      }),
    },
  };
}

const float32 = (dims: readonly number[], values: readonly number[]): EngineTensor => ({
  type: 'float32',
  dims,
  data: Float32Array.from(values),
});

/** Sends all at once and resolves with as many replies. */
async function exchange(
  engine: Engine,
  requests: readonly InferenceRequest[],
): Promise<readonly InferenceReply[]> {
  const replies: InferenceReply[] = [];
  await new Promise<void>((resolve) => {
    const handle = createModelHost(engine, (reply) => {
      replies.push(reply);
      if (replies.length === requests.length) resolve();
    });
    for (const request of requests) handle(request);
  });
  return replies;
}

const run = (id: number, values: readonly number[]): InferenceRequest => ({
  type: 'run',
  id,
  pixels: Float32Array.from(values),
  count: values.length / 4,
});

describe('a model in an engine', () => {
  it('warms up, then answers batches in order, one at a time', async () => {
    const { engine, runs, mostAtOnce } = arithmeticEngine();
    const replies = await exchange(engine, [load, run(1, [1, 2, 3, 4]), run(2, [5, 0, 0, 0, 6, 1, 1, 0])]);
    expect(replies).toMatchObject([
      {
        type: 'ready',
        provider: 'cpu',
        warmUp: [{ images: 1 }, { images: 2 }, { images: 4 }],
      },
      { type: 'output', id: 1, logits: Float32Array.of(10, 1), features: Float32Array.of(2.5) },
      { type: 'output', id: 2, logits: Float32Array.of(5, 5, 8, 6), features: Float32Array.of(1.25, 2) },
    ]);
    expect(runs).toEqual([1, 1, 2, 4, 1, 2]);
    expect(mostAtOnce()).toBe(1);
  });

  it('goes on after a batch that failed', async () => {
    const { engine } = arithmeticEngine();
    const replies = await exchange(engine, [load, run(1, [Number.NaN, 0, 0, 0]), run(2, [1, 1, 1, 1])]);
    expect(replies.slice(1)).toMatchObject([
      { type: 'run-failed', id: 1, message: 'not a number' },
      { type: 'output', id: 2 },
    ]);
  });

  it.each([
    ['another shape', float32([1, 3], [0, 0, 0]), 'float32 [1, 3], the manifest says float32 [1, 2]'],
    ['another type', { type: 'float16', dims: [1, 2], data: [] }, 'float16 [1, 2], the manifest says'],
  ])('refuses an output of %s', async (_, logits, words) => {
    const [reply] = await exchange(arithmeticEngine({ logits }).engine, [load]);
    expect(reply).toMatchObject({ type: 'load-failed', code: 'MODEL_LOAD_FAILED' });
    expect(reply).toHaveProperty('message', expect.stringContaining(words));
  });

  it('says why a graph cannot be loaded, and runs nothing then', async () => {
    const engine: Engine = { load: () => Promise.reject(new Error('unknown operator')) };
    expect(await exchange(engine, [load, run(1, [1, 2, 3, 4])])).toEqual([
      {
        type: 'load-failed',
        code: 'MODEL_LOAD_FAILED',
        message: '/packages/deit/model.onnx cannot be loaded: unknown operator',
      },
      { type: 'run-failed', id: 1, message: 'no model is loaded' },
    ]);
    const missing: Engine = {
      load: () => Promise.reject(new AmlDeitError('PEER_MISSING', 'no runtime', { hint: 'install it' })),
    };
    expect(await exchange(missing, [load])).toEqual([
      { type: 'load-failed', code: 'PEER_MISSING', message: 'no runtime', hint: 'install it' },
    ]);
  });
});
