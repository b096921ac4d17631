import { evaluateFiles } from './generate/evaluate-files.ts';
import type { GenerateEvaluateOptions } from './generate/evaluate-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateEvaluateOptions };

/**
 * Writes the YAML of a pipeline job that scores a test set and computes the metrics, with its configuration.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateEvaluate(options: GenerateEvaluateOptions = {}): Promise<GenerateResult> {
  return publishFiles(await evaluateFiles(options), options);
}
