import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { load } from 'js-yaml';
import { AmlDeitError, errorMessage } from '../errors/index.ts';

export const projectFileName = 'aml-deit.yml';

/** The keys of `aml-deit.yml`: a flat map of texts. */
export const projectKeys = [
  'target',
  'subscription',
  'resource_group',
  'workspace',
  'cloud',
  'card_version',
  'model',
  'online_endpoint',
  'batch_endpoint',
] as const;
type ProjectKey = (typeof projectKeys)[number];

/** What `aml-deit.yml` says; every member may be missing. */
export interface ProjectFile {
  /** Absolute. */
  readonly file: string;
  readonly target?: 'azure' | 'local' | undefined;
  readonly subscription?: string | undefined;
  readonly resourceGroup?: string | undefined;
  readonly workspace?: string | undefined;
  readonly cloud?: string | undefined;
  /** Of the model card that sizes and documents are held against. */
  readonly cardVersion?: string | undefined;
  /** A model package directory (absolute: a relative one is meant from the file), or a registered model. */
  readonly model?: string | undefined;
  readonly onlineEndpoint?: string | undefined;
  readonly batchEndpoint?: string | undefined;
}

/** Texts that are trimmed and not empty. */
export function nonEmptyText(value: unknown): string | undefined {
  return typeof value === 'string' && value.trim() !== '' ? value.trim() : undefined;
}

/** A folder and those around it, innermost first. */
export function* foldersUpwards(cwd: string): Generator<string> {
  let directory = resolve(cwd);
  for (;;) {
    yield directory;
    const parent = dirname(directory);
    if (parent === directory) return;
    directory = parent;
  }
}

/**
 * Reads the `aml-deit.yml` of a folder or of the nearest folder around it; undefined when there is none. A key that is
 * not known is an error, so that a typing mistake cannot hide. Throws TARGET_CONFIG_INVALID.
 */
export function readProjectFile(cwd: string): ProjectFile | undefined {
  const file = foldersUpwards(cwd)
    .map((directory) => join(directory, projectFileName))
    .find((candidate) => existsSync(candidate));
  if (file === undefined) return undefined;
  const invalid = (message: string, cause?: unknown): AmlDeitError =>
    new AmlDeitError('TARGET_CONFIG_INVALID', `${file}: ${message}`, {
      hint: `a map with any of ${projectKeys.join(', ')}`,
      cause,
    });
  let parsed: unknown;
  try {
    parsed = load(readFileSync(file, 'utf8')) ?? {};
  } catch (error) {
    throw invalid(errorMessage(error).split('\n')[0] ?? 'not YAML', error);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed)) throw invalid('expected a map');
  const map = parsed as Record<string, unknown>;
  for (const [key, value] of Object.entries(map)) {
    if (!projectKeys.some((known) => known === key)) throw invalid(`unknown key "${key}"`);
    if (textOf(key, value) === undefined) throw invalid(`"${key}" must be text`);
  }
  const read = (key: ProjectKey): string | undefined => textOf(key, map[key]);
  const target = read('target');
  if (target !== undefined && target !== 'azure' && target !== 'local') {
    throw invalid('"target" must be azure or local');
  }
  const model = read('model');
  return {
    file,
    target,
    subscription: read('subscription'),
    resourceGroup: read('resource_group'),
    workspace: read('workspace'),
    cloud: read('cloud'),
    cardVersion: read('card_version'),
    model: model === undefined || /^[a-z][a-z0-9+.-]+:/i.test(model) ? model : resolve(dirname(file), model),
    onlineEndpoint: read('online_endpoint'),
    batchEndpoint: read('batch_endpoint'),
  };
}

/** A version is written as a number by most people, and means the same. */
function textOf(key: string, value: unknown): string | undefined {
  const isVersion = key === 'card_version' && typeof value === 'number' && Number.isSafeInteger(value);
  return isVersion ? String(value) : nonEmptyText(value);
}
