import { batchFiles } from './generate/batch-files.ts';
import type { GenerateBatchOptions } from './generate/batch-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateBatchOptions };

/**
 * Writes the YAML of a batch endpoint and of its deployment, complete. Serving by container is a deployment of a
 * pipeline component, with its component files beside; serving by registry a deployment of the MLflow model.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateBatch(options: GenerateBatchOptions = {}): Promise<GenerateResult> {
  return publishFiles(await batchFiles(options), options);
}
