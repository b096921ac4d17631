import { readdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { checkAssetName, checkEndpointName } from '../generate/check-values.ts';

export interface OutcomeNames {
  readonly modelName?: string | undefined;
  readonly packageOut?: string | undefined;
  readonly deployTo?: string | undefined;
}

/**
 * What names the outcome of a training, before hours of it are paid for.
 *
 * @throws AmlDeitError NAME_INVALID; OUTPUT_EXISTS for a place where no package can be written.
 */
export async function checkOutcome({ modelName, packageOut, deployTo }: OutcomeNames): Promise<void> {
  if (modelName !== undefined) checkAssetName('model name', modelName);
  if (deployTo !== undefined) checkEndpointName('endpoint', deployTo);
  if (packageOut !== undefined) await checkPackageFolder(packageOut);
}

async function checkPackageFolder(out: string): Promise<void> {
  const hint = 'name an empty or new folder with --package';
  const entries = await readdir(out).catch((error: unknown): string[] => {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') return [];
    if (code === 'ENOTDIR')
      throw new AmlDeitError('OUTPUT_EXISTS', `${out} is a file or lies below one, expected a folder`, {
        hint,
      });
    throw new AmlDeitError('FILE_UNREADABLE', `${out} cannot be read (${code ?? 'unknown'})`, {
      cause: error,
    });
  });
  if (entries.length > 0 && !entries.includes('aml-deit.json'))
    throw new AmlDeitError(
      'OUTPUT_EXISTS',
      `${out} holds what is no model package: ${entries.slice(0, 3).join(', ')}`,
      {
        hint,
      },
    );
  // Some folder above is there; a file in its place would be found when the package is written.
  for (let folder = dirname(resolve(out)); ; folder = dirname(folder)) {
    const found = await stat(folder).catch(() => undefined);
    if (found?.isDirectory() === true || dirname(folder) === folder) return;
    if (found !== undefined)
      throw new AmlDeitError('OUTPUT_EXISTS', `${folder} is a file, expected a folder`, { hint });
  }
}
