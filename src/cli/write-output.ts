import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';

/** Writes what `--output` names, its folder included; replaces what was there. Throws OUTPUT_NOT_WRITTEN. */
export function writeOutput(file: string, text: string): void {
  try {
    mkdirSync(dirname(file), { recursive: true });
    writeFileSync(file, text);
  } catch (error) {
    throw new AmlDeitError('OUTPUT_NOT_WRITTEN', `${file} cannot be written: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}
