import type { Quota } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { readTextFile } from './read-text-file.ts';

/** Far above any subscription's list, which has a line for each family and workspace. */
const maxBytes = 4 * 1024 * 1024;

/**
 * Reads a file of quotas, as Azure's tools print them with `-o json`. Throws QUOTA_FILE_INVALID, FILE_NOT_FOUND or
 * FILE_UNREADABLE.
 */
export async function readQuotaFile(file: string): Promise<readonly Quota[]> {
  const { parseQuotas } = await import('../card/index.ts');
  const text = await readTextFile(file, maxBytes);
  let document: unknown;
  try {
    document = JSON.parse(text);
  } catch (error) {
    throw invalid(file, 'it is no JSON', error);
  }
  const quotas = parseQuotas(document);
  if ('fault' in quotas) throw invalid(file, quotas.fault);
  return quotas;
}

function invalid(file: string, fault: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('QUOTA_FILE_INVALID', `${file} is no list of quotas: ${fault}`, {
    hint: 'write it with `az ml compute list-usage -o json` or `az vm list-usage --location REGION -o json`',
    ...(cause === undefined ? {} : { cause }),
  });
}
