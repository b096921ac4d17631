/**
 * Feature extraction of a fine-tune job (JPEG files in, CLS features out) against bare ONNX Runtime that gets ready
 * tensors: the same graph, session options, threads and batch size. Interleaved.
 * Usage: node bench/features.ts [ROUNDS [PICTURES]]
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { InferenceSession } from 'onnxruntime-node';
import { pictureFeatures } from '../src/actions/component/picture-features.ts';
import { availableThreads } from '../src/vision/available-threads.ts';
import { encodeImage } from '../src/vision/encode-image.ts';
import { sessionOptions } from '../src/vision/session-options.ts';
import { syntheticPicture } from '../test/helpers/synthetic-picture.ts';
import { withBasePackage } from './base-package.ts';
import { machine, median, packageVersions } from './machine.ts';

// Read by onnxruntime when it is loaded.
process.env['ORT_DISABLE_TELEMETRY'] = '1';

const rounds = Number(process.argv[2] ?? 5);
const count = Number(process.argv[3] ?? 48);
const batch = 8;
const { Tensor, InferenceSession: Session } = await import('onnxruntime-node');

/** Pictures a second, from the second batch on: starting is not what is compared. */
async function runOurs(packageDirectory: string, pictures: readonly string[], home: string): Promise<number> {
  let begin = 0;
  let end = 0;
  await pictureFeatures({
    packageDirectory,
    packageHash: String(performance.now()),
    pictures,
    env: { AML_DEIT_HOME: home },
    onPicture: (done) => {
      if (done === batch) begin = performance.now();
      end = performance.now();
    },
  });
  return (1000 * (pictures.length - batch)) / (end - begin);
}

async function runBare(session: InferenceSession): Promise<number> {
  const pixels = Float32Array.from({ length: batch * 3 * 224 * 224 }, (_, index) => Math.sin(index * 0.37));
  const begin = performance.now();
  for (let done = 0; done < count - batch; done += batch)
    await session.run({ pixel_values: new Tensor('float32', pixels, [batch, 3, 224, 224]) });
  return (1000 * (count - batch)) / (performance.now() - begin);
}

await withBasePackage(async (directory) => {
  const root = mkdtempSync(join(tmpdir(), 'aml-deit-features-'));
  try {
    const jpeg = await encodeImage(syntheticPicture(640, 480, 'waves'), { format: 'jpeg', quality: 70 });
    const pictures = Array.from({ length: count }, (_, index) => join(root, `${index}.jpg`));
    for (const file of pictures) writeFileSync(file, jpeg);
    const session = await Session.create(join(directory, 'model.onnx'), sessionOptions(availableThreads()));
    console.log(machine());
    console.log(
      `${packageVersions(['onnxruntime-node', 'sharp'])}; JPEG 640x480; ${rounds} rounds of ${count}`,
    );
    const ours: number[] = [];
    const bare: number[] = [];
    // Round -1 warms everything up.
    for (let round = -1; round < rounds; round += 1) {
      const pair = [await runBare(session), await runOurs(directory, pictures, root)] as const;
      if (round < 0) continue;
      bare.push(pair[0]);
      ours.push(pair[1]);
    }
    const ratios = ours.map((rate, round) => rate / bare[round]!);
    console.log(`bare ONNX Runtime, batch ${batch}  ${median(bare).toFixed(2)} img/s`);
    console.log(
      `features, from JPEG files       ${median(ours).toFixed(2)} img/s, ratio ${median(ratios).toFixed(3)} (${Math.min(...ratios).toFixed(3)} to ${Math.max(...ratios).toFixed(3)})`,
    );
  } finally {
    rmSync(root, { recursive: true, force: true });
  }
});
