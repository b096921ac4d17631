import type { AzureMl } from '../azure/index.ts';
import { silentHost } from '../io/index.ts';
import { planBatch as computePlan } from '../rollout/index.ts';
import type { BatchPlan, BatchStep } from '../rollout/index.ts';
import { actualCluster, readActualBatch } from './batch/actual-batch.ts';
import { applyBatchPlan } from './batch/apply-batch.ts';
import type { ApplyBatchContext } from './batch/apply-batch.ts';
import type { DeployBatchOptions } from './batch/deploy-options.ts';
import { checkBatchOptions, readDesiredBatch } from './batch/desired-batch.ts';
import type { CheckedBatch } from './batch/desired-batch.ts';
import { callOf } from './deploy-online.ts';
import { withConnection } from './with-connection.ts';

export type { DeployBatchOptions };

export interface PlanBatchResult {
  readonly pending: boolean;
  readonly endpoint: string;
  /** The deployment that is, or would be, the default. */
  readonly deployment: string;
  readonly steps: readonly BatchStep[];
  readonly target: { readonly kind: 'azure' | 'local'; readonly workspace: string };
}

export interface DeployBatchResult extends Omit<PlanBatchResult, 'pending'> {
  /** False when everything was as desired already. */
  readonly changed: boolean;
  readonly invocationUri: string | null;
}

/**
 * Makes a batch endpoint run a model: cluster, model, environment, components, endpoint and deployment as far as they are
 * not there, and the new deployment the default once it is ready. What was the default stays, for its jobs and for going
 * back. May be interrupted anywhere: the same call again continues. Nothing is done when nothing differs.
 *
 * Throws DEPLOY_OPTIONS_INVALID, NAME_INVALID, SKU_REFUSED, DOCUMENT_INVALID, IMAGE_NOT_GIVEN, ASSET_NOT_FOUND before
 * anything is made; OPERATION_FAILED, OPERATION_TIMED_OUT, INTERRUPTED and the errors of the connection afterwards.
 */
export async function deployBatch(options: DeployBatchOptions): Promise<DeployBatchResult> {
  const host = options.host ?? silentHost;
  const checked = await checkBatchOptions(options);
  return withConnection(options, async (aml, call) => {
    const context = await prepare(aml, checked);
    const { plan, read } = context;
    const name = read.desired.endpoint.name;
    if (plan.steps.length === 0)
      host.message({
        code: 'nothing-to-do',
        level: 'info',
        text: `nothing differs: ${plan.deployment} is the default of ${name} already`,
      });
    await applyBatchPlan(context);
    const endpoint = await aml.batchEndpoints.get(name, call);
    return {
      changed: plan.steps.length > 0,
      invocationUri: endpoint?.properties.scoringUri ?? null,
      ...describePlan(aml, name, plan),
    };
  });
}

/** What {@link deployBatch} would do with the same options; changes nothing. */
export async function planBatch(options: DeployBatchOptions): Promise<PlanBatchResult> {
  const checked = await checkBatchOptions(options);
  return withConnection(options, async (aml) => {
    const { plan, read } = await prepare(aml, checked);
    return { pending: plan.steps.length > 0, ...describePlan(aml, read.desired.endpoint.name, plan) };
  });
}

async function prepare(aml: AzureMl, checked: CheckedBatch): Promise<ApplyBatchContext> {
  const { options, compute } = checked;
  const call = callOf(options);
  const cluster = compute === null ? undefined : await aml.computes.get(compute, call);
  const there = cluster === undefined ? undefined : actualCluster(cluster);
  const read = await readDesiredBatch(aml, checked, there);
  const actual = await readActualBatch(aml, read.desired, cluster, call);
  return { aml, read, actual, plan: computePlan(read.desired, actual), options };
}

function describePlan(aml: AzureMl, endpoint: string, { deployment, steps }: BatchPlan) {
  return { endpoint, deployment, steps, target: { kind: aml.kind, workspace: aml.workspaceName } };
}
