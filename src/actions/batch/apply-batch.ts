import type { AzureMl, OperationOptions } from '../../azure/index.ts';
import type { BatchDeploymentProperties } from '../../azure/wire/batch.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { silentHost, throwIfAborted } from '../../io/index.ts';
import { describeBatchStep, findEnvironment, findModel, formatIsoDuration } from '../../rollout/index.ts';
import type { ActualBatch, BatchPlan, BatchStep, DesiredBatch } from '../../rollout/index.ts';
import { pushPackage } from '../models/push-package.ts';
import { assetTags } from '../online/asset-tags.ts';
import { createEnvironment } from '../online/create-environment.ts';

import {
  pipelineComponent,
  pipelineComponentSpec,
  scoreComponent,
  scoreComponentSpec,
} from './component-specs.ts';
import type { DeployBatchOptions } from './deploy-options.ts';
import type { DesiredBatchRead } from './desired-batch.ts';

export interface ApplyBatchContext {
  readonly aml: AzureMl;
  readonly read: DesiredBatchRead;
  readonly actual: ActualBatch;
  readonly plan: BatchPlan;
  readonly options: DeployBatchOptions;
}

const defaultTimeoutMs = 45 * 60_000;

/** Does the steps in their order. Whatever fails or interrupts, the default deployment is as it was until its own step. */
export async function applyBatchPlan(context: ApplyBatchContext): Promise<void> {
  const { plan, options } = context;
  const host = options.host ?? silentHost;
  const run = new BatchRun(context);
  for (const step of plan.steps) {
    throwIfAborted(options.signal);
    await options.onStep?.({ when: 'before', step });
    const text = describeBatchStep(step);
    const progress = { id: `${step.kind} ${text}`, text };
    host.progress({ ...progress, state: 'running' });
    try {
      await run.apply(step, (state) =>
        host.progress({ ...progress, text: `${text}: ${state}`, state: 'running' }),
      );
    } catch (error) {
      const why = errorMessage(error).split('\n')[0] ?? '';
      host.progress({ ...progress, text: `${text}: ${why}`, state: 'failed' });
      throw error;
    }
    host.progress({ ...progress, state: 'done' });
    await options.onStep?.({ when: 'after', step });
  }
}

class BatchRun {
  readonly #context: ApplyBatchContext;
  #modelId: string | undefined;
  #environmentId: string | undefined;
  #location: string | undefined;

  constructor(context: ApplyBatchContext) {
    this.#context = context;
    const { actual, read } = context;
    const { model, environment } = read.desired.deployment;
    this.#modelId = model.kind === 'reference' ? model.id : findModel(model, actual.models)?.id;
    this.#environmentId = findEnvironment(environment, actual.environments)?.id;
  }

  async apply(step: BatchStep, onState: (state: string) => void): Promise<void> {
    const { aml, read, options } = this.#context;
    const { desired } = read;
    const endpoint = desired.endpoint.name;
    const call: OperationOptions = {
      timeoutMs: options.timeoutMs ?? defaultTimeoutMs,
      onProgress: ({ status, elapsedMs }) => onState(`${status}, ${Math.round(elapsedMs / 1000)} s`),
      ...(options.signal === undefined ? {} : { signal: options.signal }),
    };
    switch (step.kind) {
      case 'ensure-cluster':
        return this.#ensureCluster(desired, call);
      case 'register-model': {
        const { package: content } = read;
        const { model } = desired.deployment;
        if (model.kind !== 'package' || content === undefined)
          throw new TypeError('there is no package to register');
        this.#modelId = (
          await pushPackage(aml, content, { name: model.name }, options.host ?? silentHost, call)
        ).id;
        return;
      }
      case 'create-environment':
        this.#environmentId = await createEnvironment(aml, desired.deployment.environment, call);
        return;
      case 'create-endpoint': {
        const { description, tags } = desired.endpoint;
        await aml.batchEndpoints.put(
          endpoint,
          {
            location: await this.#place(call),
            tags,
            properties: {
              authMode: 'AADToken',
              properties: {},
              ...(description === undefined ? {} : { description }),
            },
          },
          call,
        );
        return;
      }
      case 'update-endpoint': {
        const { description, tags } = desired.endpoint;
        await aml.batchEndpoints.update(
          endpoint,
          (current) => ({
            ...current,
            tags: { ...current.tags, ...tags },
            properties: { ...current.properties, ...(description === undefined ? {} : { description }) },
          }),
          call,
        );
        return;
      }
      case 'create-deployment':
        return this.#createDeployment(step.deployment, call);
      case 'await-deployment':
        await aml.batchDeployments.waitUntilSettled(endpoint, step.deployment, call);
        return;
      case 'set-default':
        await aml.batchEndpoints.update(
          endpoint,
          (current) => ({
            ...current,
            properties: { ...current.properties, defaults: { deploymentName: step.deployment } },
          }),
          call,
        );
        return;
      case 'remove-deployment':
        await aml.batchDeployments.delete(endpoint, step.deployment, call);
        return;
      default:
        throw new TypeError(`unknown step ${step satisfies never as string}`);
    }
  }

  /** New resources live where the workspace does; asked for once. */
  async #place(call: OperationOptions): Promise<string> {
    this.#location ??= (await this.#context.aml.workspace.get(call)).location;
    return this.#location;
  }

  async #ensureCluster({ cluster }: DesiredBatch, call: OperationOptions): Promise<void> {
    if (cluster === undefined) throw new TypeError('no cluster is desired');
    const { aml } = this.#context;
    await aml.computes.put(
      cluster.name,
      {
        location: await this.#place(call),
        properties: {
          computeType: 'AmlCompute',
          properties: {
            vmSize: cluster.size,
            vmPriority: 'Dedicated',
            osType: 'Linux',
            scaleSettings: {
              minNodeCount: cluster.minNodes,
              maxNodeCount: cluster.maxNodes,
              nodeIdleTimeBeforeScaleDown: formatIsoDuration(cluster.idleSeconds * 1000),
            },
          },
        },
      },
      call,
    );
  }

  async #createDeployment(name: string, call: OperationOptions): Promise<void> {
    const { aml, read } = this.#context;
    const { desired } = read;
    const { description } = desired.deployment;
    const properties =
      desired.deployment.kind === 'model'
        ? this.#modelProperties(desired)
        : await this.#componentProperties(desired, call);
    const body = {
      location: await this.#place(call),
      tags: { ...desired.deployment.tags, [assetTags.specification]: desired.specHash },
      properties: { ...properties, ...(description === undefined ? {} : { description }) },
    };
    await aml.batchDeployments.put(desired.endpoint.name, name, body, call).catch((error: unknown) => {
      throw aml.kind === 'local' && desired.deployment.kind === 'model' ? withModelHint(error) : error;
    });
  }

  #modelProperties({ deployment }: DesiredBatch): BatchDeploymentProperties {
    const { settings, compute, instanceCount, environmentVariables } = deployment;
    return {
      model: { referenceType: 'Id', assetId: this.#modelId ?? '' },
      compute: `${this.#context.aml.workspaceId}/computes/${compute}`,
      resources: { instanceCount },
      miniBatchSize: Number(settings['miniBatchSize']),
      maxConcurrencyPerInstance: Number(settings['maxConcurrencyPerInstance']),
      errorThreshold: Number(settings['errorThreshold']),
      retrySettings: {
        maxRetries: Number(settings['maxRetries']),
        timeout: formatIsoDuration(Number(settings['retryTimeoutSeconds']) * 1000),
      },
      loggingLevel: capitalised(String(settings['loggingLevel'])),
      outputAction: String(settings['outputAction']),
      outputFileName: String(settings['outputFileName']),
      ...(environmentVariables === undefined ? {} : { environmentVariables }),
      properties: {},
    };
  }

  /** The two components, at the version that is their content's hash: made once, whoever makes them. */
  async #componentProperties({ deployment, specHash }: DesiredBatch, call: OperationOptions) {
    const { aml } = this.#context;
    const version = specHash.slice(0, 16);
    const score = await aml.components.put(
      scoreComponent,
      version,
      scoreComponentSpec({ version, deployment, environmentId: this.#environmentId ?? '' }),
      call,
    );
    const pipeline = await aml.components.put(
      pipelineComponent,
      version,
      pipelineComponentSpec({ version, deployment, componentId: score.id, modelId: this.#modelId ?? '' }),
      call,
    );
    return {
      properties: {},
      deploymentConfiguration: {
        deploymentConfigurationType: 'PipelineComponent',
        componentId: { referenceType: 'Id', assetId: pipeline.id },
        settings: { default_compute: deployment.compute ?? 'serverless', continue_on_step_failure: false },
      },
    } satisfies BatchDeploymentProperties;
  }
}

/** The twin has the registry's models that it was given. */
function withModelHint(error: unknown): unknown {
  if (
    !(error instanceof AmlDeitError) ||
    !JSON.stringify(error.details ?? {}).includes('NoSuchModelRegistered')
  )
    return error;
  return new AmlDeitError(error.code, error.message, {
    hint: 'the local twin has no such model yet: aml-deit local import-registry-model PACKAGE',
    ...(error.details === undefined ? {} : { details: { ...error.details } }),
    cause: error,
  });
}

const capitalised = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1).toLowerCase();
