import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../errors/index.ts';
import { manifestFileName } from './model-package.ts';
import type { ModelManifest } from './model-package.ts';
import { parseManifest } from './parse-manifest.ts';

/** What every package holds besides its manifest. */
export const packageFileNames = {
  config: 'config.json',
  preprocessor: 'preprocessor_config.json',
  weights: 'model.safetensors',
  graph: 'model.onnx',
} as const;

export interface ModelPackage {
  readonly directory: string;
  readonly manifest: ModelManifest;
}

const maxManifestBytes = 32 * 1024 * 1024;

/**
 * Reads a package's manifest and checks that its files are there with the sizes that it states. Contents are not
 * hashed: that would read hundreds of megabytes at every start.
 *
 * @throws AmlDeitError PACKAGE_NOT_FOUND when there is no manifest, PACKAGE_INVALID when it or a file is wrong.
 */
export async function readModelPackage(directory: string): Promise<ModelPackage> {
  const file = join(directory, manifestFileName);
  const manifest = parseManifest(await readManifestJson(file, directory), file);
  const required = Object.values(packageFileNames);
  const undeclared = required.find((name) => manifest.files[name] === undefined);
  if (undeclared !== undefined) throw invalid(`${file}: "files" does not name ${undeclared}`);
  for (const [name, { bytes }] of Object.entries(manifest.files)) {
    const path = join(directory, name);
    const found = await stat(path).catch(() => undefined);
    if (found?.isFile() !== true) throw invalid(`${path} is missing; the manifest names it`);
    if (found.size !== bytes) {
      throw invalid(
        `${path} has ${found.size} bytes, the manifest says ${bytes}: the copy is incomplete or altered`,
      );
    }
  }
  return { directory, manifest };
}

async function readManifestJson(file: string, directory: string): Promise<unknown> {
  let text: string;
  try {
    const { size } = await stat(file);
    if (size > maxManifestBytes)
      throw invalid(`${file} has ${size} bytes, at most ${maxManifestBytes} are expected`);
    text = await readFile(file, 'utf8');
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') {
      throw new AmlDeitError(
        'PACKAGE_NOT_FOUND',
        `${directory} is no model package: it has no ${manifestFileName}`,
        {
          hint: 'make one from a checkpoint: aml-deit model export DIR --out DIR',
          cause: error,
        },
      );
    }
    if (code === undefined) throw error;
    throw new AmlDeitError('FILE_UNREADABLE', `${file} cannot be read: ${errorMessage(error)}`, {
      cause: error,
    });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalid(`${file} is not JSON: ${errorMessage(error)}`, error);
  }
}

function invalid(message: string, cause?: unknown): AmlDeitError {
  return new AmlDeitError('PACKAGE_INVALID', message, {
    hint: 'export the checkpoint again: aml-deit model export DIR --out DIR',
    ...(cause === undefined ? {} : { cause }),
  });
}
