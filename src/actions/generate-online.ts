import type { GenerateResult } from './generate/generate-options.ts';
import { onlineFiles } from './generate/online-files.ts';
import type { GenerateOnlineOptions } from './generate/online-files.ts';
import { publishFiles } from './generate/publish-files.ts';

export type { GenerateOnlineOptions };

/**
 * Writes the YAML of an online endpoint and of its deployment, complete: `deploy online --file … --file …` and
 * `az ml` take them as they are.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, SKU_REFUSED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function generateOnline(options: GenerateOnlineOptions = {}): Promise<GenerateResult> {
  return publishFiles(await onlineFiles(options), options);
}
