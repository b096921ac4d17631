import { boolean, integer, option, string } from '@oclif/core/flags';
import type { DeployBatchOptions } from '../actions/batch/deploy-options.ts';
import { AmlDeitError } from '../errors/index.ts';
import { definedOnly } from './defined-only.ts';
import { connectOptions, targetFlags } from './target-flags.ts';
import type { ParsedTargetFlags } from './target-flags.ts';

/** What `deploy batch` and `plan batch` share: everything that says what is to be deployed. */
export const batchFlags = {
  ...targetFlags,
  model: string({
    description: "model package directory, or azureml:NAME:VERSION; for registry another than the card's",
    helpValue: 'DIR|REF',
  }),
  'model-name': string({ description: "name to register a package under; the package's own by default" }),
  endpoint: string({ description: 'name of the batch endpoint; batch_endpoint of aml-deit.yml by default' }),
  deployment: string({ description: 'name of the deployment; revisions are named after it' }),
  serving: option({
    options: ['container', 'registry'] as const,
    description: "container: our scoring image on every node; registry: the registry's MLflow model",
  })(),
  image: string({ description: "scoring image; the local twin has aml-deit's own", helpValue: 'REF' }),
  file: string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    description: 'YAML of endpoint, deployment or cluster; may be repeated; flags win',
    helpValue: 'FILE',
  }),
  compute: string({ description: 'cluster, deit-cpu by default; made if there is none; or serverless' }),
  sku: string({
    description: 'VM size of a cluster that is made, or of serverless nodes',
    helpValue: 'SIZE',
  }),
  instances: integer({ description: "nodes that share a job's pictures; 2 by default", min: 1 }),
  'min-nodes': integer({ description: 'nodes that a cluster keeps without a job; 0 by default', min: 0 }),
  'max-nodes': integer({ description: 'nodes that a cluster may have; the instances by default', min: 1 }),
  'idle-seconds': integer({ description: 'how long a node waits for the next job; 120 by default', min: 1 }),
  'error-threshold': string({
    description:
      'how many pictures may fail: a count, for container also 5%, or -1 (its default; of registry 0)',
  }),
  'top-k': string({ description: 'container: classes of a row, or all' }),
  features: boolean({ description: 'container: the CLS features instead of classes' }),
  'mini-batch-size': integer({ description: 'registry: files of one call; 10 by default', min: 1 }),
  'max-retries': integer({ description: 'registry: further tries; 3 by default', min: 0 }),
};

interface ParsedBatchFlags extends ParsedTargetFlags {
  readonly model: string | undefined;
  readonly 'model-name': string | undefined;
  readonly endpoint: string | undefined;
  readonly deployment: string | undefined;
  readonly serving: 'container' | 'registry' | undefined;
  readonly image: string | undefined;
  readonly file: string[] | undefined;
  readonly compute: string | undefined;
  readonly sku: string | undefined;
  readonly instances: number | undefined;
  readonly 'min-nodes': number | undefined;
  readonly 'max-nodes': number | undefined;
  readonly 'idle-seconds': number | undefined;
  readonly 'error-threshold': string | undefined;
  readonly 'top-k': string | undefined;
  readonly features: boolean;
  readonly 'mini-batch-size': number | undefined;
  readonly 'max-retries': number | undefined;
}

export function batchOptions(flags: ParsedBatchFlags): DeployBatchOptions {
  const { model, endpoint, deployment, serving, image, compute, sku } = flags;
  return {
    ...connectOptions(flags),
    ...definedOnly({ model, endpoint, deployment, serving, image, compute, sku }),
    ...definedOnly({ modelName: flags['model-name'], files: flags.file, instanceCount: flags.instances }),
    ...definedOnly({ minNodes: flags['min-nodes'], maxNodes: flags['max-nodes'] }),
    ...definedOnly({ idleSeconds: flags['idle-seconds'], errorThreshold: flags['error-threshold'] }),
    ...definedOnly({ miniBatchSize: flags['mini-batch-size'], maxRetries: flags['max-retries'] }),
    ...(flags['top-k'] === undefined ? {} : { topK: readTopK(flags['top-k']) }),
    ...(flags.features ? { features: true } : {}),
  };
}

/** Throws USAGE. */
export function readTopK(text: string): number | 'all' {
  if (text === 'all') return 'all';
  if (!/^[1-9]\d{0,8}$/.test(text))
    throw new AmlDeitError('USAGE', `--top-k is "${text}": expected a whole number from 1, or all`);
  return Number(text);
}
