import { finetuneFiles } from './generate/finetune-files.ts';
import type { GenerateFinetuneOptions } from './generate/finetune-files.ts';
import type { GenerateResult } from './generate/generate-options.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateFinetuneOptions };

/**
 * Writes the YAML of a pipeline job that fine-tunes the model with the registry's pinned component.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, SKU_REFUSED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateFinetune(options: GenerateFinetuneOptions = {}): Promise<GenerateResult> {
  return publishFiles(await finetuneFiles(options), options);
}
