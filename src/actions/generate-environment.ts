import { environmentFiles } from './generate/asset-files.ts';
import type { GenerateEnvironmentOptions } from './generate/asset-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateEnvironmentOptions };

/**
 * Writes the YAML of an environment of the scoring image, with its routes.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateEnvironment(options: GenerateEnvironmentOptions = {}): Promise<GenerateResult> {
  return publishFiles(await environmentFiles(options), options);
}
