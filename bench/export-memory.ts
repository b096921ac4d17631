/**
 * `model export` of a checkpoint of DeiT base's size, from safetensors and from PyTorch's file, and in int8: peak memory and
 * duration of the whole command, then what the exported graph does in bare ONNX Runtime.
 * Usage: npm run bench:export [-- THREADS]
 */
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writeBaseCheckpoint } from './base-checkpoint.ts';
import { machine, median } from './machine.ts';
import { runMeasured } from './run-measured.ts';
import { writeTorchCheckpoint } from './torch-checkpoint.ts';

// Read by onnxruntime when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const threads = Number(process.argv[2] ?? 2);
const mebibyte = 2 ** 20;

async function measureGraph(directory: string): Promise<void> {
  const { InferenceSession, Tensor, env } = await import('onnxruntime-node');
  const begin = performance.now();
  const session = await InferenceSession.create(join(directory, 'model.onnx'), {
    intraOpNumThreads: threads,
    interOpNumThreads: 1,
    graphOptimizationLevel: 'all',
  });
  console.log(`load in ONNX Runtime ${env.versions.node}: ${Math.round(performance.now() - begin)} ms`);
  const image = 3 * 224 * 224;
  const pixels = Float32Array.from({ length: 4 * image }, (_, index) => Math.sin(index * 0.37));
  const times = new Map<number, number[]>([
    [1, []],
    [4, []],
  ]);
  for (let round = -2; round < 15; round += 1) {
    for (const [batch, list] of times) {
      const input = new Tensor('float32', pixels.subarray(0, batch * image), [batch, 3, 224, 224]);
      const start = performance.now();
      const { logits } = await session.run({ pixel_values: input });
      if (round >= 0) list.push(performance.now() - start);
      const data = logits?.data;
      if (!(data instanceof Float32Array && data.every(Number.isFinite)))
        throw new Error('logits are not finite');
    }
  }
  for (const [batch, list] of times) {
    const rate = (ms: number): string => ((batch * 1000) / ms).toFixed(1);
    console.log(
      `batch ${batch}, ${threads} threads: ${rate(median(list))} img/s median, ${rate(Math.min(...list))} best`,
    );
  }
  const resident = process.memoryUsage().rss / mebibyte;
  console.log(`resident after running: ${Math.round(resident)} MiB`);
}

const root = mkdtempSync(join(tmpdir(), 'export-memory-'));
try {
  if (!existsSync(fileURLToPath(new URL('../dist', import.meta.url)))) throw new Error('npm run build first');
  const checkpoint = join(root, 'checkpoint-base');
  await writeBaseCheckpoint(checkpoint);
  const size = statSync(join(checkpoint, 'model.safetensors')).size;
  console.log(machine());
  console.log(`checkpoint: ${(size / 1e6).toFixed(1)} MB`);
  const idle = runMeasured(['--version']);
  const out = join(root, 'package');
  const runs = [0, 1, 2].map(() =>
    runMeasured(['model', 'export', checkpoint, '--out', out, '--force', '--json']),
  );
  // The first run writes a new folder; the others also read the package that is there.
  for (const [index, { peakBytes, ms }] of runs.entries()) {
    const kind = index === 0 ? 'new folder' : 'same content there';
    console.log(
      `export (${kind}): ${(ms / 1000).toFixed(2)} s, peak ${Math.round(peakBytes / mebibyte)} MiB, ` +
        `${(peakBytes / size).toFixed(2)} of the file (--version alone: ${Math.round(idle.peakBytes / mebibyte)} MiB)`,
    );
  }
  const torch = join(root, 'checkpoint-torch');
  await writeTorchCheckpoint(checkpoint, torch);
  const { peakBytes, ms } = runMeasured(['model', 'export', torch, '--out', out, '--force', '--json']);
  console.log(
    `export of pytorch_model.bin (same content there): ${(ms / 1000).toFixed(2)} s, ` +
      `peak ${Math.round(peakBytes / mebibyte)} MiB`,
  );
  const small = join(root, 'package-int8');
  const int8 = runMeasured(['model', 'export', checkpoint, '--out', small, '--precision', 'int8', '--json']);
  const smallBytes = readdirSync(small).reduce((sum, name) => sum + statSync(join(small, name)).size, 0);
  console.log(
    `export in int8: ${(int8.ms / 1000).toFixed(2)} s, peak ${Math.round(int8.peakBytes / mebibyte)} MiB, ` +
      `${(smallBytes / 1e6).toFixed(0)} MB written`,
  );
  console.log(`model.onnx: ${(statSync(join(out, 'model.onnx')).size / 1024).toFixed(1)} KiB`);
  await measureGraph(out);
} finally {
  rmSync(root, { recursive: true, force: true });
}
