/**
 * A scorer of a folder that writes down how many pictures the model has been given, so that whoever kills it can tell
 * what will be scored again. Usage: node bench/score-counted.ts PACKAGE INPUT OUTPUT COUNT_FILE MINI_BATCH
 */
import { openSync, writeSync } from 'node:fs';
import { ShardOutput, folderSource, rowFormats, scoreShard, wholeInput } from '../src/serving/batch/index.ts';
import { maxBatch } from '../src/serving/index.ts';
import { startInference } from '../src/vision/index.ts';

const [packageDirectory = '', input = '', output = '', countFile = '', miniBatch = ''] =
  process.argv.slice(2);
const inference = await startInference({ packageDirectory, threads: 1 });
const shardOutput = await ShardOutput.open({
  directory: output,
  shard: wholeInput,
  formats: rowFormats(['jsonl', 'csv'], { kind: 'top', k: 5 }, inference.manifest),
  rowsPerPart: 100_000,
  fingerprint: {},
});
const file = openSync(countFile, 'w');
let given = shardOutput.state.rows;
await scoreShard({
  inference: {
    ...inference,
    manifest: inference.manifest,
    run: (pixels, count) => {
      given += count;
      // In the system's memory before the model sees them: it outlives this process.
      writeSync(file, String(given).padEnd(16), 0);
      return inference.run(pixels, count);
    },
  },
  source: folderSource(input, wholeInput, { maxBytes: 1e8, retries: 0 }),
  output: shardOutput,
  preprocessing: inference.manifest.preprocessing,
  decodeLimits: {},
  batchSize: maxBatch,
  miniBatch: Number(miniBatch),
  errorThreshold: { kind: 'none' },
  onProgress: () => undefined,
});
await shardOutput.finish(() => ({}));
await inference.close();
