import { isAbsolute, relative, resolve, sep } from 'node:path';
import { checkText, optionsInvalid } from './check-values.ts';
import type { GenerateOptions } from './generate-options.ts';

/** Whether a text is a URI rather than a path; two letters at least, because `C:\models` is a path. */
export function isUri(text: string): boolean {
  return /^[a-z][a-z0-9+.-]+:/i.test(text);
}

/** What a document in the output folder calls a path that is meant from the current folder. Absolute ones stay. */
export function pathInDocument(path: string, options: GenerateOptions): string {
  checkText('a path', path);
  if (isUri(path) || isAbsolute(path)) return path;
  const found = relative(resolve(options.out ?? '.'), resolve(path)).replaceAll(sep, '/');
  if (found === '') return '.';
  // On Windows it is absolute between two drives.
  return /^\.\.(?:\/|$)/.test(found) || isAbsolute(found) ? found : `./${found}`;
}

const assetForms = (kind: 'models' | 'environments'): string =>
  `azureml:NAME:VERSION, azureml:NAME@latest, an ARM id, or azureml://registries/REGISTRY/${kind}/NAME/versions/VERSION`;

/** A reference to a registered model or environment as a document has it; GENERATE_OPTIONS_INVALID for other text. */
export function assetReference(kind: 'models' | 'environments', text: string): string {
  const isArmId =
    /^(?:azureml:)?\/subscriptions\/[^/]+\/.*\/(?:models|environments)\/[^/]+\/versions\/[^/]+$/.test(text);
  if (isArmId) return text.startsWith('azureml:') ? text : `azureml:${text}`;
  const inRegistry = new RegExp(`^azureml://registries/[^/]+/${kind}/[^/]+/(?:versions|labels)/[^/]+$`).test(
    text,
  );
  if (inRegistry || /^azureml:[^/:@\s]+(?::[^/:@\s]+|@[^/:@\s]+)$/.test(text)) return text;
  throw optionsInvalid(`"${text}" is no reference to one of the ${kind}`, assetForms(kind));
}
