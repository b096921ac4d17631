import type { Inference } from '../../vision/index.ts';
import type { ActionContext } from '../../io/index.ts';
import type { Picture } from './draw-pictures.ts';

export interface PictureFeatures {
  /** `[pictures, dimensions]`: the frozen backbone's CLS features. */
  readonly features: Float32Array;
  readonly dimensions: number;
  readonly labels: Int32Array;
}

/** Runs a package's backbone over batches of pictures: over one while the next is being drawn. */
export async function pictureFeatures(
  packageDirectory: string,
  batches: AsyncIterable<readonly Picture[]>,
  { signal }: ActionContext,
): Promise<PictureFeatures> {
  const { preprocess, startInference } = await import('../../vision/index.ts');
  const inference: Inference = await startInference({
    packageDirectory,
    ...(signal === undefined ? {} : { signal }),
  });
  const outputs: Float32Array[] = [];
  const labels: number[] = [];
  let running: Promise<void> = Promise.resolve();
  try {
    const { hiddenSize: dimensions, imageSize, channels } = inference.manifest.architecture;
    const pixelsPerImage = channels * imageSize.height * imageSize.width;
    for await (const batch of batches) {
      const pixels = new Float32Array(batch.length * pixelsPerImage);
      for (const [index, { image, label }] of batch.entries()) {
        pixels.set(preprocess(image, inference.manifest.preprocessing), index * pixelsPerImage);
        labels.push(label);
      }
      await running;
      running = inference.run(pixels, batch.length).then(({ features }) => void outputs.push(features));
      // Awaited above or below; until then a failure is nobody's surprise.
      running.catch(() => {});
    }
    await running;
    const features = new Float32Array(labels.length * dimensions);
    let at = 0;
    for (const output of outputs) {
      features.set(output, at);
      at += output.length;
    }
    return { features, dimensions, labels: Int32Array.from(labels) };
  } finally {
    await inference.close();
  }
}
