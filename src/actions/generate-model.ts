import { modelFiles } from './generate/asset-files.ts';
import type { GenerateModelOptions } from './generate/asset-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateModelOptions };

/**
 * Writes the YAML of a model to be registered.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateModel(options: GenerateModelOptions = {}): Promise<GenerateResult> {
  return publishFiles(await modelFiles(options), options);
}
