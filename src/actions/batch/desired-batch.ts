import { createHash } from 'node:crypto';
import type { AzureMl } from '../../azure/index.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import { readProjectFile } from '../../io/project-file.ts';
import { batchSpecification, nameFault } from '../../rollout/index.ts';
import type {
  ActualBatch,
  DesiredBatch,
  DesiredBatchDeployment,
  DesiredCluster,
  DesiredEnvironment,
} from '../../rollout/index.ts';
import { parseErrorThreshold } from '../../serving/batch/error-threshold.ts';
import { defaultBatchCompute, defaultBatchInstances } from '../generate/batch-files.ts';
import { defaultSizes } from '../generate/choose-size.ts';
import { checkDeploySku } from '../online/check-deploy-sku.ts';
import { defaultImage, environmentName, readModel } from '../online/desired-online.ts';
import type { DesiredRead } from '../online/desired-online.ts';
import { containerRoutes } from '../online/serving-defaults.ts';
import { batchInput, batchOutput } from './component-specs.ts';
import type { DeployBatchOptions } from './deploy-options.ts';
import { readBatchDocuments } from './read-documents.ts';
import type { BatchDocuments } from './read-documents.ts';

export interface CheckedBatch {
  readonly options: DeployBatchOptions;
  readonly documents: BatchDocuments;
  readonly endpointName: string;
  readonly serving: 'container' | 'registry';
  /** null: serverless. */
  readonly compute: string | null;
  /** As the card spells it; what a cluster or a serverless node is of, where that was said. */
  readonly size: string | undefined;
  readonly instanceCount: number;
}

function invalid(message: string, hint?: string): AmlDeitError {
  return new AmlDeitError('DEPLOY_OPTIONS_INVALID', message, hint === undefined ? {} : { hint });
}

/** Checks what needs no workspace; nothing has been sent anywhere when this throws. */
export async function checkBatchOptions(given: DeployBatchOptions): Promise<CheckedBatch> {
  const files = given.files ?? [];
  if ([given.endpoint, given.deployment, given.model, given.image, given.compute, ...files].includes(''))
    throw invalid('an option is given with nothing in it', 'is a variable of it not set?');
  const documents = await readBatchDocuments(files, given.asOf);
  const { endpoint, deployment, cluster } = documents;
  const project = readProjectFile(given.cwd ?? process.cwd());
  const endpointName = given.endpoint ?? endpoint?.name ?? deployment?.endpointName ?? project?.batchEndpoint;
  if (endpointName === undefined)
    throw invalid(
      'no batch endpoint is named',
      'say --endpoint NAME, give its YAML by --file, or put batch_endpoint into aml-deit.yml',
    );
  for (const [what, name] of [
    ['endpoint', endpointName],
    ['deployment', given.deployment ?? deployment?.name],
  ] as const) {
    const fault = name === undefined ? undefined : nameFault(name);
    if (fault !== undefined) throw new AmlDeitError('NAME_INVALID', `the ${what} name "${name}" ${fault}`);
  }
  const serving = given.serving ?? (deployment?.kind === 'model' ? 'registry' : 'container');
  if (deployment !== undefined && (deployment.kind === 'model') !== (serving === 'registry'))
    throw invalid(`the deployment's file is of the other kind than --serving ${serving}`);
  if (
    serving === 'registry' &&
    (given.image !== undefined || given.topK !== undefined || given.features === true)
  )
    throw invalid("the registry's MLflow model takes no image, and says itself what a row has");
  const named = given.compute ?? deployment?.compute ?? cluster?.name ?? defaultBatchCompute;
  const compute = named.toLowerCase() === 'serverless' ? null : named;
  if (compute === null && serving === 'registry')
    throw invalid("a deployment of the registry's model needs a cluster: leave --compute serverless out");
  const wanted = given.sku ?? cluster?.size;
  const host = given.host ?? silentHost;
  const size =
    wanted === undefined ? undefined : (await checkDeploySku(wanted, given.asOf ?? new Date(), host)).sku;
  const instanceCount = given.instanceCount ?? deployment?.instanceCount ?? defaultBatchInstances;
  checkWhole('the instance count', instanceCount, 1);
  const isProjectModel =
    given.model === undefined && deployment?.model === undefined && serving === 'container';
  const options = isProjectModel && project?.model !== undefined ? { ...given, model: project.model } : given;
  return { options, documents, endpointName, serving, compute, size, instanceCount };
}

function checkWhole(what: string, value: number, least: number): void {
  if (!Number.isSafeInteger(value) || value < least)
    throw invalid(`${what} is ${value}, expected a whole number from ${least}`);
}

export interface DesiredBatchRead {
  readonly desired: DesiredBatch;
  readonly package?: NonNullable<DesiredRead['package']>;
}

/** Reads the package, resolves references, fills in the defaults. `there`: the cluster, if there is one. */
export async function readDesiredBatch(
  aml: AzureMl,
  checked: CheckedBatch,
  there: ActualBatch['cluster'],
): Promise<DesiredBatchRead> {
  const { options, documents, serving, compute, instanceCount } = checked;
  const { endpoint, deployment: file } = documents;
  const given = options.model ?? file?.model;
  const source = await readModel(aml, {
    options: { ...options, serving, ...(given === undefined ? {} : { model: given }) },
    documents: {},
  });
  const environment =
    serving === 'registry' ? ({ kind: 'none' } as const) : imageOf(aml, options.image ?? file?.image);
  const baseName = options.deployment ?? file?.name;
  const { description, tags, environmentVariables } = file ?? {};
  const deployment: DesiredBatchDeployment = {
    ...(baseName === undefined ? {} : { baseName }),
    kind: serving === 'registry' ? 'model' : 'component',
    model: source.model,
    environment,
    compute,
    instanceCount,
    settings: serving === 'registry' ? modelSettings(checked) : componentSettings(checked),
    ...(description === undefined ? {} : { description }),
    ...(tags === undefined ? {} : { tags }),
    ...(environmentVariables === undefined ? {} : { environmentVariables }),
  };
  const cluster = clusterOf(checked, there);
  return {
    desired: {
      endpoint: {
        name: checked.endpointName,
        tags: endpoint?.tags ?? {},
        ...(endpoint?.description === undefined ? {} : { description: endpoint.description }),
      },
      ...(cluster === undefined ? {} : { cluster }),
      deployment,
      specHash: createHash('sha256').update(batchSpecification(deployment)).digest('hex'),
    },
    ...(source.package === undefined ? {} : { package: source.package }),
  };
}

function imageOf(aml: AzureMl, given: string | undefined): DesiredEnvironment {
  const image = given ?? defaultImage(aml);
  return { kind: 'image', name: environmentName(image), image, routes: containerRoutes };
}

/** A cluster that is there is left as it is, but for what was said of it. */
function clusterOf(checked: CheckedBatch, there: ActualBatch['cluster']): DesiredCluster | undefined {
  const { options, documents, compute, size, instanceCount } = checked;
  const { cluster } = documents;
  const says =
    size !== undefined ||
    [options.minNodes, options.maxNodes, options.idleSeconds].some((value) => value !== undefined);
  if (compute === null) return undefined;
  const known = there === undefined || there.size === '' ? undefined : there;
  const isTooSmall = known !== undefined && known.maxNodes < instanceCount;
  // The one that nobody names is ours, and grows.
  const isOurs = [options.compute, documents.deployment?.compute, cluster?.name].every(
    (name) => name === undefined,
  );
  if (there !== undefined && !says && !(isTooSmall && isOurs)) {
    // Its job would wait for ever.
    if (isTooSmall)
      throw invalid(
        `a job takes ${instanceCount} nodes, and the cluster ${compute} may have ${known.maxNodes}`,
        'raise --max-nodes, or lower --instances',
      );
    return undefined;
  }
  if (known !== undefined && size !== undefined && size.toLowerCase() !== known.size.toLowerCase())
    throw invalid(
      `the cluster ${compute} is of size ${known.size}, which no cluster changes: not ${size}`,
      'name another cluster by --compute, or leave the size out',
    );
  const minNodes = options.minNodes ?? cluster?.minNodes ?? known?.minNodes ?? 0;
  const maxNodes =
    options.maxNodes ?? cluster?.maxNodes ?? Math.max(instanceCount, minNodes, known?.maxNodes ?? 0);
  const idleSeconds = options.idleSeconds ?? cluster?.idleSeconds ?? known?.idleSeconds ?? 120;
  checkWhole('the least number of nodes', minNodes, 0);
  checkWhole('the largest number of nodes', maxNodes, Math.max(1, minNodes));
  checkWhole('the idle time (s)', idleSeconds, 1);
  if (maxNodes < instanceCount)
    throw invalid(
      `a job takes ${instanceCount} nodes, and the cluster may have ${maxNodes}`,
      'raise --max-nodes',
    );
  if (minNodes > 0)
    (options.host ?? silentHost).message({
      code: 'cluster-never-empty',
      level: 'warning',
      text: `the cluster ${compute} keeps ${minNodes} ${minNodes === 1 ? 'node, which is' : 'nodes, which are'} paid for without a job`,
    });
  return {
    name: compute,
    size: size ?? known?.size ?? defaultSizes.inference,
    minNodes,
    maxNodes,
    idleSeconds,
  };
}

function componentSettings({
  options,
  documents,
  compute,
  size,
}: CheckedBatch): DesiredBatchDeployment['settings'] {
  const { errorThreshold, topK, features } = options;
  const { command: own, processCount = 1 } = documents.deployment ?? {};
  if (errorThreshold !== undefined) checkThreshold(errorThreshold);
  if (topK !== undefined && topK !== 'all') checkWhole('top-k', topK, 1);
  const command =
    own?.trim() ??
    `aml-deit score --model "\${{inputs.model}}" --input "\${{inputs.${batchInput}}}" --output "\${{outputs.${batchOutput}}}"`;
  const more = [
    ...(errorThreshold === undefined ? [] : [`--error-threshold ${errorThreshold}`]),
    ...(topK === undefined ? [] : [`--top-k ${topK}`]),
    ...(features === true ? ['--features'] : []),
  ];
  return {
    command: [command, ...more].join(' '),
    ...(processCount === 1 ? {} : { processCount }),
    // Serverless nodes are of a size that the step itself names.
    ...(compute === null && size !== undefined ? { instanceType: size } : {}),
  };
}

function checkThreshold(text: string): void {
  try {
    parseErrorThreshold(text);
  } catch (error) {
    throw invalid(errorMessage(error));
  }
}

/** Where a file says nothing it is as the service has it, so that one file gives one deployment by any client. */
const serviceDefaults = { errorThreshold: -1, retryTimeoutSeconds: 30 };
/** As Azure ML's samples have it; the service's 30 seconds are too few for a mini-batch of large pictures. */
const ownDefaults = { errorThreshold: 0, retryTimeoutSeconds: 300 };

function modelSettings({ options, documents }: CheckedBatch): DesiredBatchDeployment['settings'] {
  const file = documents.deployment?.settings ?? {};
  const defaults = documents.deployment === undefined ? ownDefaults : serviceDefaults;
  if (options.errorThreshold !== undefined && !/^(?:-1|\d+)$/.test(options.errorThreshold))
    throw invalid(
      `the error threshold is "${options.errorThreshold}": the registry's model takes a count, or -1 for no limit`,
    );
  const threshold =
    options.errorThreshold === undefined
      ? (file.errorThreshold ?? defaults.errorThreshold)
      : Number(options.errorThreshold);
  const settings = {
    miniBatchSize: options.miniBatchSize ?? file.miniBatchSize ?? 10,
    maxConcurrencyPerInstance: file.maxConcurrencyPerInstance ?? 1,
    errorThreshold: threshold,
    maxRetries: options.maxRetries ?? file.maxRetries ?? 3,
    retryTimeoutSeconds: file.retryTimeoutSeconds ?? defaults.retryTimeoutSeconds,
    outputAction: /^summary/i.test(file.outputAction ?? '') ? 'SummaryOnly' : 'AppendRow',
    outputFileName: file.outputFileName ?? 'predictions.csv',
    loggingLevel: file.loggingLevel ?? 'info',
  };
  checkWhole('the mini-batch size', settings.miniBatchSize, 1);
  checkWhole('the error threshold', settings.errorThreshold, -1);
  checkWhole('the number of retries', settings.maxRetries, 0);
  return settings;
}
