import type { AzureErrorDetails, AzureMl, OperationOptions } from '../../azure/index.ts';
import type { OnlineDeploymentResource, OnlineEndpointResource } from '../../azure/wire/online.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { silentHost, sleep, throwIfAborted } from '../../io/index.ts';
import type { ActionContext, Host } from '../../io/index.ts';
import {
  describeStep,
  describeTraffic,
  findEnvironment,
  findModel,
  phaseOf,
  sameTraffic,
  trafficOf,
} from '../../rollout/index.ts';
import type { ActualOnline, OnlinePlan, PlanStep, Traffic } from '../../rollout/index.ts';
import { pushPackage } from '../models/push-package.ts';
import type { ScoredImage } from '../score-image.ts';
import { createEnvironment } from './create-environment.ts';
import { assetTags } from './asset-tags.ts';
import type { ApplyOptions, DeployOnlineOptions } from './deploy-options.ts';
import type { DesiredRead } from './desired-online.ts';
import { deploymentBody, endpointBody } from './online-bodies.ts';
import { readSmokeImages, smokeTest } from './smoke-test.ts';
import type { SmokeExpectation } from './smoke-test.ts';

export interface ApplyContext {
  readonly aml: AzureMl;
  readonly read: DesiredRead;
  readonly actual: ActualOnline;
  readonly plan: OnlinePlan;
  readonly options: ApplyOptions & Pick<DeployOnlineOptions, 'smokeImages'> & ActionContext;
}

export interface Applied {
  readonly smoke?: ScoredImage;
  readonly modelId?: string;
}

/** What a failed step leaves behind, for the one who cleans up. */
export class StepFailure extends Error {
  override readonly name = 'StepFailure';
  readonly step: PlanStep;
  /** Set while traffic is, or may be, on the new revision: what it has to go back to. */
  readonly trafficBefore: Traffic | undefined;

  constructor(step: PlanStep, cause: unknown, trafficBefore?: Traffic) {
    super(`${describeStep(step)} failed`, { cause });
    this.step = step;
    this.trafficBefore = trafficBefore;
  }
}

const defaultTimeoutMs = 45 * 60_000;
const conflictAttempts = 20;
const betweenConflictsMs = 3_000;
/** Answers in a row that the new revision has to give by traffic before the old one goes. */
const trafficProofs = 3;
const trafficPatienceMs = 60_000;

/**
 * Does the steps of a plan in their order. A step that fails throws a {@link StepFailure}; an interruption goes
 * through as it is, and leaves a state from which the next plan continues.
 */
export async function applyPlan(context: ApplyContext): Promise<Applied> {
  const run = new Run(context);
  for (const step of context.plan.steps) {
    throwIfAborted(context.options.signal);
    await context.options.onStep?.({ when: 'before', step });
    const progress = {
      id: `${step.kind} ${'deployment' in step ? step.deployment : ''}`,
      text: describeStep(step),
    };
    run.host.progress({ ...progress, state: 'running' });
    try {
      await run.apply(step);
    } catch (error) {
      if (isResumable(error)) {
        run.host.progress({ ...progress, text: `${progress.text}: ${messageOf(error)}`, state: 'failed' });
        throw error;
      }
      const cause = unhealthy(step, error instanceof StepFailure ? error.cause : error);
      run.host.progress({ ...progress, text: `${progress.text}: ${messageOf(cause)}`, state: 'failed' });
      throw error instanceof StepFailure ? error : new StepFailure(step, cause);
    }
    run.host.progress({ ...progress, state: 'done' });
    await context.options.onStep?.({ when: 'after', step });
  }
  return run.applied;
}

const messageOf = (error: unknown): string => errorMessage(error).split('\n')[0] ?? '';

/** A deployment whose operation failed, in words of deploying: what the service said of the container stays as it is. */
function unhealthy(step: PlanStep, error: unknown): unknown {
  if (step.kind !== 'create-deployment' && step.kind !== 'await-deployment') return error;
  if (!(error instanceof AmlDeitError) || error.code !== 'OPERATION_FAILED') return error;
  const azure = error.details?.['azure'] as AzureErrorDetails | undefined;
  const said = azure?.error === undefined ? error.message : `${azure.error.code}: ${azure.error.message}`;
  return new AmlDeitError(
    'DEPLOYMENT_FAILED',
    `deployment ${step.deployment} did not become healthy: ${said}`,
    {
      ...(error.details === undefined ? {} : { details: error.details }),
      cause: error,
    },
  );
}

/** Interrupted, timed out, network gone, somebody else at work: nothing is wrong with the revision. */
export function isResumable(error: unknown): boolean {
  return (
    error instanceof AmlDeitError &&
    [
      'INTERRUPTED',
      'OPERATION_TIMED_OUT',
      'AZURE_UNREACHABLE',
      'DEPLOY_CONFLICT',
      'AUTH_DENIED',
      'AUTH_NO_CREDENTIAL',
    ].includes(error.code)
  );
}

class Run {
  readonly host: Host;
  #applied: Applied = {};
  #modelId: string | undefined;
  #environmentId: string | undefined;
  #location: string | undefined;
  readonly #context: ApplyContext;

  constructor(context: ApplyContext) {
    this.#context = context;
    this.host = context.options.host ?? silentHost;
    const { model, environment } = context.read.desired.deployment;
    const { actual } = context;
    this.#modelId = model?.kind === 'reference' ? model.id : model && findModel(model, actual.models)?.id;
    this.#environmentId =
      environment.kind === 'reference'
        ? environment.id
        : findEnvironment(environment, actual.environments)?.id;
  }

  get applied(): Applied {
    return this.#modelId === undefined ? this.#applied : { ...this.#applied, modelId: this.#modelId };
  }

  get #call(): { readonly signal?: AbortSignal } {
    const { signal } = this.#context.options;
    return signal === undefined ? {} : { signal };
  }

  #operation(step: PlanStep): OperationOptions {
    const id = `${step.kind} ${'deployment' in step ? step.deployment : ''}`;
    return {
      ...this.#call,
      timeoutMs: this.#context.options.timeoutMs ?? defaultTimeoutMs,
      onProgress: (progress) => {
        const seconds = Math.round(progress.elapsedMs / 1000);
        this.host.progress({
          id,
          text: `${describeStep(step)}: ${progress.status}, ${seconds} s`,
          state: 'running',
        });
      },
    };
  }

  async #registerModel(): Promise<string> {
    const { aml, read } = this.#context;
    const { model } = read.desired.deployment;
    if (model?.kind !== 'package' || read.package === undefined)
      throw new TypeError('there is no package to register');
    const { id } = await pushPackage(aml, read.package, { name: model.name }, this.host, this.#call);
    return id;
  }

  async apply(step: PlanStep): Promise<void> {
    const { aml, read } = this.#context;
    const { desired } = read;
    switch (step.kind) {
      case 'register-model':
        this.#modelId = await this.#registerModel();
        return;
      case 'create-environment':
        this.#environmentId = await createEnvironment(aml, desired.deployment.environment, this.#call);
        return;
      case 'create-endpoint':
        return await this.#createEndpoint(step);
      case 'update-endpoint':
        return await this.#updateEndpoint(step);
      case 'create-deployment':
        return await this.#createDeployment(step);
      case 'await-deployment':
        return await this.#awaitDeployment(step);
      case 'update-deployment':
        return await this.#updateDeployment(step);
      case 'smoke-test':
        this.#applied = { ...this.#applied, smoke: await this.#classify(step.deployment) };
        return;
      case 'move-traffic':
        return await this.#moveTraffic(step);
      case 'remove-deployment':
        return await this.#removeDeployment(step);
      default:
        throw new TypeError(`unknown step ${step satisfies never as string}`);
    }
  }

  /** New resources live where the workspace does; asked for once. */
  async #workspaceLocation(): Promise<string> {
    this.#location ??= (await this.#context.aml.workspace.get(this.#call)).location;
    return this.#location;
  }

  async #createEndpoint(step: PlanStep & { kind: 'create-endpoint' }): Promise<void> {
    const { aml, read } = this.#context;
    const body = endpointBody(read.desired, read.documents, await this.#workspaceLocation());
    try {
      await aml.onlineEndpoints.put(step.endpoint, body, this.#operation(step));
    } catch (error) {
      // Another run is making it: what it makes is what we want.
      if (!isConflict(error)) throw error;
      const made = await aml.onlineEndpoints.waitUntilSettled(step.endpoint, this.#operation(step));
      if (made === undefined || phaseOf(made.properties.provisioningState ?? 'Succeeded') !== 'ready')
        throw error;
    }
  }

  async #updateEndpoint(step: PlanStep & { kind: 'update-endpoint' }): Promise<void> {
    const { endpoint } = this.#context.read.desired;
    await this.#whileFree(() =>
      this.#context.aml.onlineEndpoints.update(
        step.endpoint,
        (current) => ({
          ...current,
          tags: { ...current.tags, ...endpoint.tags },
          properties: {
            ...current.properties,
            ...(endpoint.authMode === undefined ? {} : { authMode: endpoint.authMode }),
            ...(endpoint.description === undefined ? {} : { description: endpoint.description }),
            ...(endpoint.publicNetworkAccess === undefined
              ? {}
              : { publicNetworkAccess: endpoint.publicNetworkAccess }),
          },
        }),
        this.#operation(step),
      ),
    );
  }

  async #createDeployment(step: PlanStep & { kind: 'create-deployment' }): Promise<void> {
    const { aml, read } = this.#context;
    const endpoint = read.desired.endpoint.name;
    const body = deploymentBody(
      read.desired,
      read.documents,
      {
        ...(this.#modelId === undefined ? {} : { modelId: this.#modelId }),
        ...(this.#environmentId === undefined ? {} : { environmentId: this.#environmentId }),
      },
      await this.#workspaceLocation(),
    );
    try {
      await this.#whileFree(
        () => aml.onlineDeployments.put(endpoint, step.deployment, body, this.#operation(step)),
        async () => (await aml.onlineDeployments.get(endpoint, step.deployment, this.#call)) !== undefined,
      );
    } catch (error) {
      // Another run of the same specification meets us here: its revision is ours.
      if (!isConflict(error)) throw error;
      await aml.onlineDeployments.waitUntilSettled(endpoint, step.deployment, this.#operation(step));
    }
    await this.#requireOwnRevision(step.deployment);
  }

  async #awaitDeployment(step: PlanStep & { kind: 'await-deployment' }): Promise<void> {
    const endpoint = this.#context.read.desired.endpoint.name;
    await this.#context.aml.onlineDeployments.waitUntilSettled(
      endpoint,
      step.deployment,
      this.#operation(step),
    );
    await this.#requireOwnRevision(step.deployment);
  }

  async #updateDeployment(step: PlanStep & { kind: 'update-deployment' }): Promise<void> {
    const { aml, read } = this.#context;
    const { deployment, endpoint } = read.desired;
    await this.#whileFree(() =>
      aml.onlineDeployments.update(
        endpoint.name,
        step.deployment,
        (current): OnlineDeploymentResource => ({
          ...current,
          tags: { ...current.tags, ...deployment.tags },
          sku: { ...current.sku, name: current.sku?.name ?? 'Default', capacity: deployment.instanceCount },
          properties: {
            ...current.properties,
            ...(deployment.description === undefined ? {} : { description: deployment.description }),
          },
        }),
        this.#operation(step),
      ),
    );
  }

  async #endpointResource(): Promise<OnlineEndpointResource> {
    const { aml, read } = this.#context;
    const endpoint = await aml.onlineEndpoints.get(read.desired.endpoint.name, this.#call);
    if (endpoint === undefined) {
      throw new AmlDeitError(
        'DEPLOY_CONFLICT',
        `endpoint "${read.desired.endpoint.name}" was deleted meanwhile`,
        {
          hint: 'run the same command again',
        },
      );
    }
    return endpoint;
  }

  /** The revision is there, ready, and still the one that was planned. */
  async #requireOwnRevision(name: string): Promise<void> {
    const { aml, read } = this.#context;
    const deployment = await aml.onlineDeployments.get(read.desired.endpoint.name, name, this.#call);
    const conflict = (what: string): AmlDeitError =>
      new AmlDeitError('DEPLOY_CONFLICT', `deployment ${name} ${what} while it was being deployed`, {
        hint: 'somebody else deploys to this endpoint; run the same command again',
      });
    if (deployment === undefined) throw conflict('was deleted');
    const state = deployment.properties.provisioningState ?? 'Succeeded';
    if (phaseOf(state) === 'failed') {
      throw new AmlDeitError('DEPLOYMENT_FAILED', `deployment ${name} is in state ${state}`);
    }
    const specification = deployment.tags?.[assetTags.specification];
    // A revision that was made by hand and is just what is desired carries no tag.
    if (specification !== undefined && specification !== read.desired.specHash) {
      const known = this.#context.actual.deployments.find((candidate) => candidate.name === name);
      if (known?.specHash !== specification) throw conflict('was replaced');
    }
  }

  async #expectation(): Promise<SmokeExpectation> {
    const { aml, read } = this.#context;
    if (read.package !== undefined) {
      const { labels, task } = read.package.manifest;
      return { labelCount: labels.length, task };
    }
    const { parseAssetId } = await import('./asset-reference.ts');
    const model = parseAssetId(this.#modelId, 'models');
    if (model === undefined) return {};
    const tags = (await aml.models.get(model.name, model.version, this.#call))?.properties.tags;
    const labelCount = Number(tags?.[assetTags.labelCount]);
    const task = tags?.[assetTags.task];
    return {
      ...(Number.isInteger(labelCount) && labelCount > 0 ? { labelCount } : {}),
      ...(task === undefined ? {} : { task }),
    };
  }

  async #classify(deployment: string | undefined): Promise<ScoredImage> {
    const { aml, options } = this.#context;
    return await smokeTest(aml, {
      endpoint: await this.#endpointResource(),
      images: await readSmokeImages(options.smokeImages),
      expectation: await this.#expectation(),
      ...(deployment === undefined ? {} : { deployment }),
      ...this.#call,
    });
  }

  async #moveTraffic(step: PlanStep & { kind: 'move-traffic' }): Promise<void> {
    const { plan } = this.#context;
    await this.#requireOwnRevision(plan.deployment);
    await this.#setTraffic(step, step.before, step.after);
    try {
      await this.#proveTraffic(plan.deployment);
    } catch (error) {
      throw isResumable(error) ? error : new StepFailure(step, error, step.before);
    }
  }

  /** Somebody else's change since the plan was made is not overwritten. */
  async #setTraffic(step: PlanStep, before: Traffic, after: Traffic): Promise<void> {
    const { aml, read } = this.#context;
    const { name } = read.desired.endpoint;
    const current = (await this.#endpointResource()).properties.traffic ?? {};
    if (sameTraffic(current, after)) return;
    await this.#whileFree(() =>
      aml.onlineEndpoints.update(
        name,
        (endpoint) => {
          const traffic = endpoint.properties.traffic ?? {};
          if (!sameTraffic(traffic, before) && !sameTraffic(traffic, after)) {
            throw new AmlDeitError(
              'DEPLOY_CONFLICT',
              `traffic of ${name} went to ${describeTraffic(before)} and goes to ${describeTraffic(traffic)} now: somebody else moved it`,
              { hint: 'the new revision is ready and has no traffic; run the same command again' },
            );
          }
          return {
            ...endpoint,
            properties: { ...endpoint.properties, traffic: after, ...this.#mirror(endpoint) },
          };
        },
        this.#operation(step),
      ),
    );
  }

  /** A mirror to a deployment that is about to go would make the endpoint invalid. */
  #mirror(endpoint: OnlineEndpointResource): { readonly mirrorTraffic?: Traffic } {
    const { mirrorTraffic } = endpoint.properties;
    if (mirrorTraffic === undefined || mirrorTraffic === null) return {};
    const going = new Set(
      this.#context.plan.steps.flatMap((step) =>
        step.kind === 'remove-deployment' ? [step.deployment.toLowerCase()] : [],
      ),
    );
    return {
      mirrorTraffic: Object.fromEntries(
        Object.entries(mirrorTraffic).filter(([name]) => !going.has(name.toLowerCase())),
      ),
    };
  }

  /** By traffic, not by header: several answers in a row have to come from the new revision. */
  async #proveTraffic(deployment: string): Promise<void> {
    const begin = performance.now();
    let proofs = 0;
    while (proofs < trafficProofs) {
      const scored = await this.#classify(undefined);
      // Where the service does not say who answered, a right answer has to do.
      const isNew =
        scored.deployment === undefined || scored.deployment.toLowerCase() === deployment.toLowerCase();
      proofs = isNew ? proofs + 1 : 0;
      if (isNew) continue;
      if (performance.now() - begin > trafficPatienceMs) {
        throw new AmlDeitError(
          'SMOKE_TEST_FAILED',
          `traffic was moved to ${deployment}, but ${scored.deployment ?? 'another one'} answers`,
        );
      }
      await sleep(1_000, this.#context.options.signal);
    }
  }

  async #removeDeployment(step: PlanStep & { kind: 'remove-deployment' }): Promise<void> {
    const { aml, read } = this.#context;
    const traffic = (await this.#endpointResource()).properties.traffic ?? {};
    if (trafficOf(traffic, step.deployment) > 0) {
      throw new AmlDeitError(
        'DEPLOY_CONFLICT',
        `deployment ${step.deployment} has traffic again: it is not removed`,
        {
          hint: 'somebody else moved traffic; see aml-deit endpoint show',
        },
      );
    }
    await this.#whileFree(() =>
      aml.onlineDeployments.delete(read.desired.endpoint.name, step.deployment, this.#operation(step)),
    );
  }

  /** The service takes one operation at a time on an endpoint: waits while another one is going on. */
  async #whileFree<T>(attempt: () => Promise<T>, giveUp?: () => Promise<boolean>): Promise<T> {
    for (let tries = 1; ; tries += 1) {
      try {
        return await attempt();
      } catch (error) {
        if (!isConflict(error) || tries >= conflictAttempts || (await giveUp?.()) === true) throw error;
        this.host.message({ code: 'endpoint-busy', level: 'debug', text: 'the endpoint is busy: waiting' });
        await sleep(betweenConflictsMs, this.#context.options.signal);
      }
    }
  }
}

function isConflict(error: unknown): boolean {
  return error instanceof AmlDeitError && error.code === 'AZURE_CONFLICT';
}
