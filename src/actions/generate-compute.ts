import { computeFiles } from './generate/asset-files.ts';
import type { GenerateComputeOptions } from './generate/asset-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateComputeOptions };

/**
 * Writes the YAML of a cluster that scales down to nothing.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, SKU_REFUSED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateCompute(options: GenerateComputeOptions = {}): Promise<GenerateResult> {
  return publishFiles(await computeFiles(options), options);
}
