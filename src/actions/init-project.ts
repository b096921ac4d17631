import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { card, formatLock, lockFileName } from '../card/index.ts';
import { packageRoot, packageVersion } from '../io/index.ts';
import { computeFiles, environmentFiles, modelFiles } from './generate/asset-files.ts';
import { batchFiles } from './generate/batch-files.ts';
import { checkAssetName, checkText } from './generate/check-values.ts';
import { chooseSize } from './generate/choose-size.ts';
import { evaluateFiles } from './generate/evaluate-files.ts';
import { finetuneFiles } from './generate/finetune-files.ts';
import type { GenerateOptions, GenerateResult, ImageTask, Serving } from './generate/generate-options.ts';
import { onlineFiles } from './generate/online-files.ts';
import { lockOf } from './lock-card.ts';
import { publishFiles } from './generate/publish-files.ts';
import type { RenderedFile } from './generate/publish-files.ts';
import { renderFile } from './generate/render-file.ts';

/** Which service the CI recipe is for. */
export type CiService = 'github' | 'azure' | 'none';

export interface InitProjectOptions extends Omit<GenerateOptions, 'out'> {
  /** The project's folder; the current one by default. */
  readonly directory?: string;
  /** What the names of endpoints, clusters, models and experiments begin with; `deit` by default. */
  readonly name?: string;
  /** `container` by default. */
  readonly serving?: Serving;
  /** `multiclass` by default. */
  readonly task?: ImageTask;
  /** The scoring image; the twin's by default. */
  readonly image?: string;
  /** VM size that serves, online and in batch. */
  readonly sku?: string;
  /** VM size that fine-tunes and evaluates. */
  readonly gpuSku?: string;
  readonly subscription?: string;
  readonly resourceGroup?: string;
  readonly workspace?: string;
  readonly cloud?: string;
  /** `github` by default. */
  readonly ci?: CiService;
}

/** Where the documents are. */
const yamlFolder = 'azureml';

/**
 * Writes a whole project: the documents of every kind, `aml-deit.yml`, `aml-deit.lock`, a CI recipe, and lines for
 * `.gitignore`. Run again with the same options it changes nothing.
 *
 * Throws NAME_INVALID, GENERATE_OPTIONS_INVALID, SKU_REFUSED, OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN.
 */
export async function initProject(options: InitProjectOptions = {}): Promise<GenerateResult> {
  const out = options.directory ?? '.';
  const files = [
    await projectFile(options),
    { name: lockFileName, content: formatLock(await lockOf(card.version)) },
    ...(await documents(options, out)),
    ...(await ciFiles(options)),
    { name: '.gitignore', content: await projectTemplate('gitignore'), merge: 'lines' as const },
  ];
  return publishFiles(files, { ...options, out });
}

const endpointNames = (name: string): { readonly online: string; readonly batch: string } => ({
  online: `${name}-endpoint`,
  batch: `${name}-batch`,
});

async function documents(options: InitProjectOptions, directory: string): Promise<RenderedFile[]> {
  const { name = 'deit', serving = 'container', task = 'multiclass', sku, gpuSku, image } = options;
  const common = commonOptions(options, join(directory, yamlFolder));
  checkAssetName('project name', name);
  const [cpu, gpu] = [`${name}-cpu`, `${name}-gpu`];
  const serve = {
    ...common,
    serving,
    ...(serving === 'container' ? { model: `azureml:${name}:1` } : {}),
    ...(serving === 'container' && image !== undefined ? { image } : {}),
  };
  const data = (split: string): string => join(directory, 'data', split);
  const inference = sku === undefined ? {} : { sku };
  const finetune = gpuSku === undefined ? {} : { sku: gpuSku };
  const endpoints = endpointNames(name);
  // One size is judged once, however many documents name it.
  const silent = withoutHost(common);
  const sets = [
    await onlineFiles({ ...serve, ...inference, endpoint: endpoints.online }),
    await batchFiles({ ...serve, endpoint: endpoints.batch, compute: cpu }),
    await finetuneFiles({
      ...common,
      ...finetune,
      task,
      compute: gpu,
      experiment: `${name}-finetune`,
      trainingData: data('train'),
      validationData: data('validation'),
      testData: data('test'),
    }),
    await evaluateFiles({
      ...common,
      task,
      compute: gpu,
      experiment: `${name}-evaluate`,
      model: `azureml:${name}-finetuned:1`,
      testData: data('test'),
    }),
    await environmentFiles({ ...common, ...(image === undefined ? {} : { image }) }),
    await modelFiles({ ...common, name, path: join(directory, 'model-package') }),
    await computeFiles({ ...silent, ...inference, name: cpu, task: 'inference' }),
    await computeFiles({ ...silent, ...finetune, name: gpu, task: 'finetune' }),
  ];
  return sets.flat().map(({ name: file, content }) => ({ name: `${yamlFolder}/${file}`, content }));
}

/** Only what all files have in common: `sku` and `name` mean something else to each kind. */
function commonOptions(options: InitProjectOptions, out: string): GenerateOptions {
  const { host, signal, editorSchemas, asOf } = options;
  return {
    out,
    ...(host === undefined ? {} : { host }),
    ...(signal === undefined ? {} : { signal }),
    ...(editorSchemas === undefined ? {} : { editorSchemas }),
    ...(asOf === undefined ? {} : { asOf }),
  };
}

function withoutHost(options: GenerateOptions): GenerateOptions {
  const { host: _, ...rest } = options;
  return rest;
}

async function projectFile(options: InitProjectOptions): Promise<RenderedFile> {
  const { name = 'deit', serving = 'container', subscription, resourceGroup, workspace, cloud } = options;
  for (const [what, value] of Object.entries({ subscription, resourceGroup, workspace, cloud })) {
    if (value !== undefined) checkText(`the ${what}`, value);
  }
  const endpoints = endpointNames(name);
  return renderFile(
    {
      template: 'project/aml-deit.yml',
      name: 'aml-deit.yml',
      values: {
        subscription: subscription ?? '',
        resource_group: resourceGroup ?? '',
        workspace: workspace ?? '',
        cloud: cloud ?? '',
        card_version: card.version,
        model: './model-package',
        online_endpoint: endpoints.online,
        batch_endpoint: endpoints.batch,
      },
      conditions: {
        subscription: subscription !== undefined,
        resource_group: resourceGroup !== undefined,
        workspace: workspace !== undefined,
        cloud: cloud !== undefined,
        container: serving === 'container',
      },
    },
    options,
  );
}

const ciFileNames = {
  github: '.github/workflows/aml-deit.yml',
  azure: '.azure-pipelines/aml-deit.yml',
} as const satisfies Record<Exclude<CiService, 'none'>, string>;

async function ciFiles(options: InitProjectOptions): Promise<RenderedFile[]> {
  const { ci = 'github' } = options;
  if (ci === 'none') return [];
  const silent = withoutHost(options);
  const { size: serving } = await chooseSize(options.sku, 'inference', silent);
  const { size: training } = await chooseSize(options.gpuSku, 'finetune', silent);
  const cli = `npx --yes aml-deit@${packageVersion()}`;
  return [
    await renderFile(
      {
        template: `project/ci-${ci}.yml`,
        name: ciFileNames[ci],
        values: {
          validate: `${cli} validate ${yamlFolder} --complete --format ${ci}`,
          check_lock: `${cli} card lock --check`,
          check_inference: `${cli} sku check ${serving.name} --for inference`,
          check_finetune: `${cli} sku check ${training.name} --for finetune`,
        },
      },
      options,
    ),
  ];
}

function projectTemplate(name: string): Promise<string> {
  return readFile(join(packageRoot(), 'templates', 'project', name), 'utf8');
}
