import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startInference } from '../../../src/vision/index.ts';
import type { Inference, InferenceEvent } from '../../../src/vision/index.ts';
import { signalProcess } from '../../helpers/processes.ts';
import { makeTinyPackage } from '../../helpers/tiny-package.ts';
import type { TinyPackage } from '../../helpers/tiny-package.ts';

const imageLength = 3 * 16 * 16;

function batch(count: number, seed = 1): Float32Array {
  return Float32Array.from({ length: count * imageLength }, (_, index) => Math.sin(index * seed));
}

/** Resolves with the next event of the type; events may have come before. */
function recordEvents(): {
  onEvent: (event: InferenceEvent) => void;
  until: (type: string) => Promise<InferenceEvent>;
} {
  const events: InferenceEvent[] = [];
  let wake = (): void => undefined;
  return {
    onEvent(event) {
      events.push(event);
      wake();
    },
    async until(type) {
      for (;;) {
        const index = events.findIndex((event) => event.type === type);
        const [found] = index === -1 ? [] : events.splice(index, 1);
        if (found !== undefined) return found;
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    },
  };
}

let tiny: TinyPackage;
beforeAll(async () => {
  tiny = await makeTinyPackage();
});
afterAll(() => tiny.remove());

describe('provider', () => {
  it('is the CPU, with a warning, where the GPU that was asked for cannot be used', async () => {
    const inference = await startInference({
      packageDirectory: tiny.directory,
      threads: 1,
      provider: 'cuda',
      warmUpBatches: [1, 2, 8],
    });
    try {
      // Where there is a GPU it is used, and there is nothing to warn of.
      const isCpu = inference.provider === 'cpu';
      expect(String(inference.providerWarning)).toMatch(isCpu ? /cuda cannot be used/ : /^undefined$/);
      const sizes = inference.warmUp.map(({ images }) => images);
      expect(sizes).toEqual(isCpu ? [1, 2] : [1, 2, 8]);
      expect((await inference.run(batch(1), 1)).ms).toBeGreaterThan(0);
    } finally {
      await inference.close();
    }
  });
});

describe('inference', () => {
  let inference: Inference;
  beforeAll(async () => {
    inference = await startInference({ packageDirectory: tiny.directory, threads: 1, warmUpBatches: [8, 1] });
  });
  afterAll(() => inference.close());

  it('gives one row of logits and features an image, whatever the batch', async () => {
    const three = await inference.run(batch(3), 3);
    expect(three.logits).toHaveLength(3 * 3);
    expect(three.features).toHaveLength(3 * 8);
    const second = await inference.run(batch(3).subarray(imageLength, 2 * imageLength), 1);
    for (const [index, logit] of second.logits.entries()) {
      expect(logit).toBeCloseTo(three.logits[3 + index] ?? NaN, 5);
    }
  });

  it('answers calls in order', async () => {
    const answers = await Promise.all([1, 2, 3].map((seed) => inference.run(batch(1, seed), 1)));
    for (const [index, answer] of answers.entries()) {
      expect((await inference.run(batch(1, index + 1), 1)).logits).toEqual(answer.logits);
    }
  });

  it('refuses a batch of another shape', async () => {
    await expect(inference.run(batch(2), 3)).rejects.toThrow('no batch of 3 pictures of 3x16x16');
  });
});

describe('inference that fails', () => {
  it('rejects what it ran when it is killed, and starts again', async () => {
    const { onEvent, until } = recordEvents();
    const inference = await startInference({ packageDirectory: tiny.directory, threads: 1, onEvent });
    const before = await inference.run(batch(1), 1);
    const { pid } = inference;
    signalProcess(pid, 'SIGKILL');
    const crashed = await until('crashed');
    expect(crashed).toMatchObject({ error: { code: 'INFERENCE_CRASHED' } });
    // A call during the restart waits for it.
    expect((await inference.run(batch(1), 1)).logits).toEqual(before.logits);
    expect(inference.pid).not.toBe(pid);
    await inference.close();
    expect(inference.pid).toBeUndefined();
    await expect(inference.run(batch(1), 1)).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });

  it('rejects the batch that was in flight', async () => {
    const { onEvent, until } = recordEvents();
    const inference = await startInference({ packageDirectory: tiny.directory, threads: 1, onEvent });
    // Stopped, it cannot answer before it is killed.
    signalProcess(inference.pid, 'SIGSTOP');
    const inFlight = inference.run(batch(8), 8);
    signalProcess(inference.pid, 'SIGKILL');
    await expect(inFlight).rejects.toMatchObject({ code: 'INFERENCE_CRASHED' });
    await until('restarted');
    await inference.close();
  });

  it('is given up after repeated crashes', async () => {
    const { onEvent, until } = recordEvents();
    const inference = await startInference({ packageDirectory: tiny.directory, threads: 1, onEvent });
    for (let crash = 0; crash < 4; crash += 1) {
      signalProcess(inference.pid, 'SIGKILL');
      await until('crashed');
      if (crash < 3) await until('restarted');
    }
    expect(await until('failed')).toMatchObject({ error: { code: 'INFERENCE_CRASHED' } });
    await expect(inference.run(batch(1), 1)).rejects.toThrow('4 times within a minute');
    await inference.close();
  });

  it('is given up when the package has gone', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'aml-deit-gone-'));
    await cp(tiny.directory, copy, { recursive: true });
    const { onEvent, until } = recordEvents();
    const inference = await startInference({ packageDirectory: copy, threads: 1, onEvent });
    await rm(copy, { recursive: true });
    signalProcess(inference.pid, 'SIGKILL');
    expect(await until('failed')).toMatchObject({ error: { code: 'MODEL_LOAD_FAILED' } });
    await inference.close();
  });

  it.each([
    ['a graph that is no graph', () => Buffer.from('not a graph at all'), 'cannot be loaded'],
    ['a graph that is cut off', (graph: Buffer) => graph.subarray(0, graph.length / 2), 'cannot be loaded'],
    [
      'an operator that does not exist',
      (graph: Buffer) =>
        Buffer.from(
          graph.toString('latin1').replaceAll('MultiHeadAttention', 'MultiHeadAttentioX'),
          'latin1',
        ),
      'MultiHeadAttentioX',
    ],
  ])("is refused with ONNX Runtime's reason for %s", async (_, damage, reason) => {
    const copy = await mkdtemp(join(tmpdir(), 'aml-deit-broken-'));
    await cp(tiny.directory, copy, { recursive: true });
    const graph = damage(await readFile(join(copy, 'model.onnx')));
    await writeFile(join(copy, 'model.onnx'), graph);
    await setSize(copy, 'model.onnx', graph.length);
    await expect(startInference({ packageDirectory: copy, threads: 1 })).rejects.toThrow(
      expect.objectContaining({
        code: 'MODEL_LOAD_FAILED',
        message: expect.stringContaining(reason) as string,
      }),
    );
    await rm(copy, { recursive: true });
  });

  it('is refused when the graph does not give what the manifest says', async () => {
    const copy = await mkdtemp(join(tmpdir(), 'aml-deit-lying-'));
    await cp(tiny.directory, copy, { recursive: true });
    const file = join(copy, 'aml-deit.json');
    const manifest = JSON.parse(await readFile(file, 'utf8')) as { labels: string[] };
    manifest.labels.push('one too many');
    await writeFile(file, JSON.stringify(manifest));
    await expect(startInference({ packageDirectory: copy, threads: 1 })).rejects.toThrow(
      'the graph\'s output "logits" is float32 [1, 3], the manifest says float32 [1, 4]',
    );
    await rm(copy, { recursive: true });
  });

  it('can be interrupted while it starts', async () => {
    const stop = new AbortController();
    const starting = startInference({ packageDirectory: tiny.directory, threads: 1, signal: stop.signal });
    setTimeout(() => stop.abort(), 30);
    await expect(starting).rejects.toMatchObject({ code: 'INTERRUPTED' });
  });
});

async function setSize(directory: string, name: string, bytes: number): Promise<void> {
  const file = join(directory, 'aml-deit.json');
  const manifest = JSON.parse(await readFile(file, 'utf8')) as { files: Record<string, { bytes: number }> };
  const entry = manifest.files[name];
  if (entry !== undefined) entry.bytes = bytes;
  await writeFile(file, JSON.stringify(manifest));
}
