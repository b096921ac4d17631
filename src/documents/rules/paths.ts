import { isAbsolute, resolve } from 'node:path';
import type { CheckedDocument } from '../checked-document.ts';
import type { DocumentKind, Rule, RuleContext } from '../kinds/kind.ts';
import { hasPlaceholder } from '../placeholder.ts';
import { abbreviate } from '../yaml-tree.ts';

interface PathPlace {
  readonly path: readonly string[];
  readonly is: 'folder' | 'either';
  /** Stands before the path, and only then it is one. */
  readonly prefix?: string;
  /** What may stand there instead of a local path: a URI of any kind when left out. */
  readonly uri?: 'none' | 'web';
  /**
   * `error` where Azure's client looks before it does anything else; else something may still make the path.
   * `hashed`: the client looks only if the asset is to be named after its content.
   */
  readonly severity: 'error' | 'warning' | 'hashed';
}

const environmentPlaces = (...at: readonly string[]): PathPlace[] => [
  { path: [...at, 'build', 'path'], is: 'either', severity: 'error', uri: 'web' },
  { path: [...at, 'conda_file'], is: 'either', severity: 'error', uri: 'none' },
];
const deploymentPlaces: readonly PathPlace[] = [
  { path: ['environment'], is: 'either', severity: 'error', prefix: 'file:' },
  ...environmentPlaces('environment'),
  { path: ['model', 'path'], is: 'either', severity: 'hashed' },
  { path: ['code_configuration', 'code'], is: 'folder', severity: 'warning' },
];

const places: Readonly<Partial<Record<DocumentKind, readonly PathPlace[]>>> = {
  managedOnlineDeployment: deploymentPlaces,
  modelBatchDeployment: deploymentPlaces,
  batchDeployment: deploymentPlaces,
  pipelineComponentBatchDeployment: [
    { path: ['component'], is: 'either', severity: 'error' },
    { path: ['job_definition', 'component'], is: 'either', severity: 'error' },
  ],
  environment: environmentPlaces(),
  model: [{ path: ['path'], is: 'either', severity: 'warning' }],
  data: [{ path: ['path'], is: 'either', severity: 'warning' }],
};

/** Local files and folders that a document names, where it is known which folder they are relative to. */
export const pathMissingRule: Rule = {
  name: 'path-missing',
  codes: ['path-missing'],
  check(document, context) {
    for (const place of places[document.definition.kind] ?? []) checkPlace(document, context, place);
    checkScript(document, context);
  },
};

/** Where the folder of the code is there, so must be the file that scores. */
function checkScript(document: CheckedDocument, { directory, files }: RuleContext): void {
  const path = ['code_configuration', 'scoring_script'];
  const code = document.sound('code_configuration', 'code');
  const script = document.sound(...path);
  if (directory === undefined || typeof code !== 'string' || typeof script !== 'string') return;
  if (code === '' || script === '' || hasPlaceholder(code) || hasPlaceholder(script)) return;
  const folder = resolve(directory, code);
  if (isUri(code, undefined) || files.exists(folder) !== 'folder') return;
  const found = files.exists(resolve(folder, script));
  if (found === 'file') return;
  const is = found === undefined ? 'there is no such file' : 'a folder is there, and no file,';
  const message = `${path.join('.')} is '${abbreviate(script)}': ${is} in ${abbreviate(code)}`;
  document.warning('path-missing', message, ...path);
}

function checkPlace(
  document: CheckedDocument,
  { directory, files }: RuleContext,
  { path, is, severity, prefix = '', uri }: PathPlace,
): void {
  const given = document.sound(...path);
  if (directory === undefined || typeof given !== 'string' || !given.startsWith(prefix)) return;
  const value = given.slice(prefix.length);
  if (value === '' || hasPlaceholder(value)) return;
  const isNamed = document.sound(...path.slice(0, -1), 'name') !== undefined;
  const graded = severity === 'hashed' ? (isNamed ? 'warning' : 'error') : severity;
  // What is to be named after its content is read: only a local path can be.
  const allowed = severity === 'hashed' && !isNamed ? 'none' : uri;
  if (isUri(value, allowed)) return;
  const found = files.exists(isAbsolute(value) ? value : resolve(directory, value));
  const what = path.join('.');
  if (found === undefined && severity === 'hashed' && isUri(value, undefined)) {
    const message = `${what} is '${abbreviate(given)}', which is no local path: only a model with a name may be elsewhere, others are named after their content`;
    document.error('path-missing', message, ...path);
  } else if (found === undefined) {
    const message = `${what} is '${abbreviate(given)}': there is no such file or folder beside this file`;
    document.report({ severity: graded, code: 'path-missing', message, path });
  } else if (is === 'folder' && found === 'file') {
    const message = `${what} is '${abbreviate(value)}', a file: expected the folder that holds the code`;
    document.report({ severity: 'warning', code: 'path-missing', message, path });
  }
}

/** Two letters at least: `C:\models` is a path. */
function isUri(text: string, allowed: 'none' | 'web' | undefined): boolean {
  if (allowed === 'none') return false;
  return (allowed === 'web' ? /^(?:https?|ftps?):\/\//i : /^[a-z][a-z0-9+.-]+:/i).test(text);
}
