import { readFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import { validateDocuments } from '../validate-documents.ts';

/** What the files of a batch deployment say, as far as they say it. */
export interface BatchDocuments {
  readonly endpoint?: {
    readonly name?: string;
    readonly description?: string;
    readonly tags?: Record<string, string>;
  };
  readonly deployment?: BatchDeploymentDocument;
  readonly cluster?: {
    readonly name?: string;
    readonly size?: string;
    readonly minNodes?: number;
    readonly maxNodes?: number;
    readonly idleSeconds?: number;
  };
}

export interface BatchDeploymentDocument {
  readonly kind: 'component' | 'model';
  readonly name?: string;
  readonly endpointName?: string;
  readonly description?: string;
  readonly tags?: Record<string, string>;
  readonly environmentVariables?: Record<string, string>;
  /** A reference, or a folder. */
  readonly model?: string;
  readonly image?: string;
  /** Without `azureml:`. */
  readonly compute?: string;
  readonly instanceCount?: number;
  /** Processes of each node. */
  readonly processCount?: number;
  readonly command?: string;
  readonly settings: {
    readonly miniBatchSize?: number;
    readonly maxConcurrencyPerInstance?: number;
    readonly errorThreshold?: number;
    readonly maxRetries?: number;
    readonly retryTimeoutSeconds?: number;
    readonly outputAction?: string;
    readonly outputFileName?: string;
    readonly loggingLevel?: string;
  };
}

type Members = Readonly<Record<string, unknown>>;

const membersOf = (value: unknown): Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Members) : {};
const text = (value: unknown): string | undefined =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : undefined;
const number = (value: unknown): number | undefined =>
  value === undefined || value === null || Number.isNaN(Number(value)) ? undefined : Number(value);

/** Reads the files of `--file`: DOCUMENT_INVALID with every problem when one has an error. */
export async function readBatchDocuments(
  files: readonly string[],
  asOf: Date | undefined,
): Promise<BatchDocuments> {
  if (files.length === 0) return {};
  const loaded = await Promise.all(files.map(async (file) => ({ file, document: await loadYaml(file) })));
  const componentFiles = new Map<string, Members>();
  for (const { file, document } of loaded) await collectComponents(file, document, componentFiles);
  await refuseInvalid([...files, ...componentFiles.keys()], asOf);
  const documents: { -readonly [K in keyof BatchDocuments]: BatchDocuments[K] } = {};
  for (const { file, document } of loaded) {
    // Named as well as led to: read with the deployment.
    if (componentFiles.has(resolve(file))) continue;
    if (isComponent(document))
      throw new AmlDeitError(
        'DEPLOY_OPTIONS_INVALID',
        `${file} is a component that no deployment's file leads to`,
        { hint: 'give the deployment by --file: it names its components' },
      );
    const part = readDocument(file, document, componentFiles);
    const [kind] = Object.keys(part) as (keyof BatchDocuments)[];
    if (kind !== undefined && documents[kind] !== undefined)
      throw new AmlDeitError(
        'DEPLOY_OPTIONS_INVALID',
        `${file} is a second ${kind}: expected one of each kind`,
      );
    Object.assign(documents, part);
  }
  return documents;
}

/** `generate batch` writes them beside the deployment; nothing else of a batch endpoint has one of these types. */
const isComponent = ({ type, jobs, command }: Members): boolean =>
  (type === 'pipeline' && jobs !== undefined) || (type === 'command' && command !== undefined);

async function loadYaml(file: string): Promise<Members> {
  const { load } = await import('js-yaml');
  try {
    return membersOf(load(await readFile(file, 'utf8')));
  } catch (error) {
    const code = systemErrorCode(error);
    if (code === 'ENOENT') throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${file}`, { cause: error });
    throw new AmlDeitError(
      'DOCUMENT_INVALID',
      `${file} cannot be read: ${errorMessage(error).split('\n')[0]}`,
      {
        cause: error,
      },
    );
  }
}

/** The component files that a deployment leads to: `component: ./pipeline.yml`, and those of its jobs. */
async function collectComponents(
  file: string,
  document: Members,
  found: Map<string, Members>,
): Promise<void> {
  const references = [
    document['component'],
    ...Object.values(membersOf(document['jobs'])).map((job) => membersOf(job)['component']),
  ];
  for (const reference of references) {
    if (typeof reference !== 'string' || !/^(?:file:)?\.{0,2}\/?[^:]+\.ya?ml$/.test(reference)) continue;
    const path = resolve(dirname(file), reference.replace(/^file:/, ''));
    if (found.has(path)) continue;
    const component = await loadYaml(path);
    found.set(path, component);
    await collectComponents(path, component, found);
  }
}

async function refuseInvalid(files: readonly string[], asOf: Date | undefined): Promise<void> {
  const { findings } = await validateDocuments({
    paths: [...files],
    ...(asOf === undefined ? {} : { asOf }),
  });
  const errors = findings.filter(({ severity }) => severity === 'error');
  const [first] = errors;
  if (first === undefined) return;
  throw new AmlDeitError(
    'DOCUMENT_INVALID',
    `${first.file}:${first.line}:${first.column}: ${first.message}${errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''}`,
    { hint: 'aml-deit validate shows every finding with its line', details: { findings: errors } },
  );
}

function readDocument(
  file: string,
  document: Members,
  components: ReadonlyMap<string, Members>,
): BatchDocuments {
  if (document['size'] !== undefined || /amlCompute/.test(text(document['$schema']) ?? '')) {
    return {
      cluster: defined({
        name: text(document['name']),
        size: text(document['size']),
        minNodes: number(document['min_instances']),
        maxNodes: number(document['max_instances']),
        idleSeconds: number(document['idle_time_before_scale_down']),
      }),
    };
  }
  if (document['component'] !== undefined)
    return { deployment: readComponentDeployment(file, document, components) };
  if (
    document['model'] !== undefined ||
    document['mini_batch_size'] !== undefined ||
    document['settings'] !== undefined
  )
    return { deployment: readModelDeployment(file, document) };
  return {
    endpoint: defined({
      name: text(document['name']),
      description: text(document['description']),
      tags: textMap(document['tags']),
    }),
  };
}

/** The shape that `generate batch` writes: a pipeline of one command component with our scorer. */
function readComponentDeployment(
  file: string,
  document: Members,
  components: ReadonlyMap<string, Members>,
): BatchDeploymentDocument {
  const at = (base: string, reference: unknown): { readonly path: string; readonly members: Members } => {
    const path = resolve(dirname(base), String(reference).replace(/^file:/, ''));
    const members = components.get(path);
    if (members !== undefined) return { path, members };
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `${base}: the component ${String(reference)} is no file beside it`,
      {
        hint: 'aml-deit generate batch writes a deployment with its components',
      },
    );
  };
  const pipeline = at(file, document['component']);
  const jobs = Object.values(membersOf(pipeline.members['jobs'])).map(membersOf);
  const [job] = jobs;
  if (job === undefined || jobs.length !== 1)
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `${pipeline.path} has ${jobs.length} jobs: expected one, the scorer`,
    );
  const step = at(pipeline.path, job['component']);
  const model = text(membersOf(membersOf(job['inputs'])['model'])['path']);
  const compute = text(membersOf(document['settings'])['default_compute']);
  return defined({
    kind: 'component' as const,
    name: text(document['name']),
    endpointName: text(document['endpoint_name']),
    description: text(document['description']),
    tags: textMap(document['tags']),
    model: model === undefined ? undefined : localPath(model, pipeline.path),
    image: text(membersOf(step.members['environment'])['image']),
    compute: compute?.replace(/^azureml:/, ''),
    instanceCount: number(membersOf(step.members['resources'])['instance_count']),
    processCount: number(membersOf(step.members['distribution'])['process_count_per_instance']),
    command: text(step.members['command']),
    settings: {},
  });
}

function readModelDeployment(file: string, document: Members): BatchDeploymentDocument {
  // The older schema has the settings at the root.
  const settings = { ...document, ...membersOf(document['settings']) };
  if (settings['code_configuration'] !== undefined)
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `${file} has a scoring script of its own (code_configuration), which deploy batch does not send`,
      { hint: 'an MLflow model needs none: leave it out; or create that deployment by az ml' },
    );
  const retry = membersOf(settings['retry_settings']);
  const given = document['model'];
  const model = text(given) ?? text(membersOf(given)['path']);
  return defined({
    kind: 'model' as const,
    name: text(document['name']),
    endpointName: text(document['endpoint_name']),
    description: text(document['description']),
    tags: textMap(document['tags']),
    environmentVariables: textMap(settings['environment_variables']),
    model: model === undefined ? undefined : localPath(model, file),
    compute: text(document['compute'])?.replace(/^azureml:/, ''),
    instanceCount: number(membersOf(document['resources'])['instance_count']),
    settings: defined({
      miniBatchSize: number(settings['mini_batch_size']),
      maxConcurrencyPerInstance: number(settings['max_concurrency_per_instance']),
      errorThreshold: number(settings['error_threshold']),
      maxRetries: number(retry['max_retries']),
      retryTimeoutSeconds: number(retry['timeout']),
      outputAction: text(settings['output_action']),
      outputFileName: text(settings['output_file_name']),
      loggingLevel: text(settings['logging_level']),
    }),
  });
}

function localPath(model: string, file: string): string {
  return /^(?:azureml:|\/subscriptions\/)/.test(model) ? model : resolve(dirname(file), model);
}

function textMap(value: unknown): Record<string, string> | undefined {
  if (value === undefined) return undefined;
  return Object.fromEntries(
    Object.entries(membersOf(value)).map(([key, member]) => [key, text(member) ?? '']),
  );
}

function defined<T extends object>(members: T): { [K in keyof T]: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]: Exclude<T[K], undefined>;
  };
}
