import { readFile } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { findKnownComponent } from '../../card/known-components/index.ts';
import { registryComponents } from '../../card/index.ts';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { nearestNames } from '../../io/nearest-names.ts';
import type { ActionContext } from '../../io/index.ts';
import { finetuneFiles } from '../generate/finetune-files.ts';
import type { GenerateFinetuneOptions } from '../generate/finetune-files.ts';
import { optionsInvalid } from '../generate/check-values.ts';
import { checkTrainingInputs } from './check-training-inputs.ts';

export type Members = Record<string, unknown>;

export interface FinetuneDocument {
  readonly document: Members;
  /** Where it is, or would be: its relative paths are meant from its folder. */
  readonly file: string;
  readonly directory: string;
}

export interface FinetuneDocumentOptions extends GenerateFinetuneOptions, ActionContext {
  /** A pipeline job's YAML as `generate finetune` writes it, in the place of one made of the options. */
  readonly file?: string;
  /** Inputs of the component by name, over whatever else says: every one of them can be given. */
  readonly inputs?: Readonly<Record<string, string>>;
  /** Version of the component; the pinned one by default. */
  readonly componentVersion?: string;
}

/** The pipeline job that is to run: made of the options, or read from a file, with single inputs put over it. */
export async function finetuneDocument(options: FinetuneDocumentOptions): Promise<FinetuneDocument> {
  const file = resolve(options.file ?? 'finetune-pipeline.yml');
  const text = options.file === undefined ? await generated(options) : await readText(file);
  const document = await parse(text, file);
  const [node, name] = finetuneNode(document, file);
  if (options.componentVersion !== undefined)
    node['component'] = String(node['component']).replace(
      /\/(?:versions|labels)\/[^/]+$/,
      `/versions/${options.componentVersion}`,
    );
  putInputs(node, name, options.inputs ?? {});
  checkTrainingInputs(document, node);
  return { document, file, directory: dirname(file) };
}

async function generated(options: FinetuneDocumentOptions): Promise<string> {
  const [rendered] = await finetuneFiles({ ...options, out: '.' });
  return rendered?.content ?? '';
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (systemErrorCode(error) === 'ENOENT')
      throw new AmlDeitError('FILE_NOT_FOUND', `${file} does not exist`, {
        hint: '`aml-deit generate finetune` writes one',
      });
    throw new AmlDeitError(
      'FILE_UNREADABLE',
      `${file} cannot be read (${systemErrorCode(error) ?? 'unknown'})`,
      {
        cause: error,
      },
    );
  }
}

async function parse(text: string, file: string): Promise<Members> {
  const { parseYaml, toValue } = await import('../../documents/index.ts');
  const { roots, diagnostics } = parseYaml(text, file);
  const problem = diagnostics.find(({ severity }) => severity === 'error');
  if (problem !== undefined)
    throw new AmlDeitError('DOCUMENT_INVALID', `${file}:${problem.line}: ${problem.message}`);
  const [root] = roots;
  const value = root === undefined ? undefined : toValue(root);
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new AmlDeitError('DOCUMENT_INVALID', `${file} is no mapping, expected a pipeline job`);
  return value as Members;
}

/** The node that fine-tunes, whatever it is called. */
function finetuneNode(document: Members, file: string): readonly [Members, string] {
  const jobs = (document['jobs'] ?? {}) as Record<string, Members | null>;
  for (const [name, node] of Object.entries(jobs))
    if (node !== null && String(node['component']).includes(`/${registryComponents.finetune.name}/`))
      return [node, name];
  throw new AmlDeitError(
    'DOCUMENT_INVALID',
    `${file} has no step of the component ${registryComponents.finetune.name}`,
    { hint: '`aml-deit generate finetune` writes a pipeline that has' },
  );
}

function putInputs(node: Members, name: string, inputs: Readonly<Record<string, string>>): void {
  const known = findKnownComponent(registryComponents.finetune.name)?.inputs ?? {};
  const given = { ...(node['inputs'] as Members | undefined) };
  for (const [input, text] of Object.entries(inputs)) {
    const wanted = known[input];
    if (wanted === undefined) {
      const [near] = nearestNames(input, Object.keys(known));
      throw optionsInvalid(
        `"${input}" is no input of ${registryComponents.finetune.name} (jobs.${name})`,
        near === undefined ? undefined : `did you mean ${near}?`,
      );
    }
    // An empty text takes an input back, so that the component chooses.
    if (text === '' && wanted.type !== 'string') delete given[input];
    else given[input] = valueOf(wanted.type, text);
  }
  node['inputs'] = given;
}

/** As the YAML would have it: a number that is none is left for the check of the whole to name. */
function valueOf(type: string, text: string): unknown {
  switch (type) {
    case 'boolean':
      return /^true$/i.test(text) ? true : /^false$/i.test(text) ? false : text;
    case 'integer':
    case 'number':
      return text.trim() !== '' && Number.isFinite(Number(text)) ? Number(text) : text;
    case 'string':
      return text;
    default:
      return { type, path: /^[a-z][a-z0-9+.-]+:/i.test(text) ? text : join(resolve('.'), text) };
  }
}
