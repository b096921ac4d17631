import type { AzureMl, CallOptions } from '../azure/index.ts';
import type { ActionContext } from '../io/index.ts';
import { silentHost } from '../io/index.ts';
import { planOnline as computePlan } from '../rollout/index.ts';
import type { OnlinePlan, PlanStep } from '../rollout/index.ts';
import { connect } from './connect.ts';
import { readActualOnline } from './online/actual-online.ts';
import { applyPlan, StepFailure } from './online/apply-plan.ts';
import { parseAssetId } from './online/asset-reference.ts';
import type { ApplyOptions, DeployOnlineOptions as DesiredOptions } from './online/deploy-options.ts';
import { checkDeployOptions, readDesiredOnline } from './online/desired-online.ts';
import type { DesiredRead } from './online/desired-online.ts';
import { recoverFrom } from './online/recover.ts';
import type { ClassScore } from './scoring-response.ts';

export interface DeployOnlineOptions extends DesiredOptions, ApplyOptions {}

export interface DeployOnlineResult {
  /** False when everything was as desired already, and nothing was done. */
  readonly changed: boolean;
  readonly endpoint: string;
  readonly scoringUri: string | null;
  /** The deployment that serves. */
  readonly deployment: string;
  /** `id` as the deployment has it; name and version for a model of the workspace. */
  readonly model: { readonly id: string; readonly name?: string; readonly version?: string } | null;
  /** Null for a model that brings its own environment. */
  readonly image: string | null;
  /** What was done, in order. */
  readonly steps: readonly PlanStep[];
  /** The smoke test's answer; null when nothing was deployed. */
  readonly smoke: {
    readonly deployment: string;
    readonly classes: readonly ClassScore[];
    readonly durationMs: number;
  } | null;
  /** Deployments of the endpoint that somebody else made: without traffic now, still there. */
  readonly leftAlone: readonly string[];
  /** Where: a workspace, or the local twin. */
  readonly target: { readonly kind: 'azure' | 'local'; readonly workspace: string };
}

/**
 * Makes an online endpoint serve a model: reads what is desired and what is there, plans, applies. A new revision is a
 * new deployment at 0 % beside the old one; it has to become healthy and to classify a picture before traffic moves.
 * If it does not, the old one has served all along and the new one is removed (`keepFailed` keeps it).
 *
 * May be interrupted anywhere: the same call again continues. Nothing is done when nothing differs.
 *
 * Throws SKU_REFUSED, NAME_INVALID, DEPLOY_OPTIONS_INVALID, DOCUMENT_INVALID, IMAGE_NOT_GIVEN, ASSET_NOT_FOUND before
 * anything is made; DEPLOYMENT_FAILED or SMOKE_TEST_FAILED (`details.logs`: the containers' last lines),
 * DEPLOY_CONFLICT, OPERATION_TIMED_OUT, INTERRUPTED and the errors of the connection afterwards.
 */
export async function deployOnline(options: DeployOnlineOptions): Promise<DeployOnlineResult> {
  const host = options.host ?? silentHost;
  const checked = await checkDeployOptions(options);
  const aml = await connect(options);
  try {
    const read = await readDesiredOnline(aml, checked);
    const actual = await readActualOnline(aml, read.desired, callOf(options));
    const plan = computePlan(read.desired, actual);
    if (plan.steps.length === 0) {
      host.message({
        code: 'nothing-to-do',
        level: 'info',
        text: `nothing differs: ${plan.deployment} serves on ${read.desired.endpoint.name} already`,
      });
      return await describeResult(aml, read, plan, options, {});
    }
    const context = { aml, read, actual, plan, options };
    try {
      const applied = await applyPlan(context);
      for (const name of plan.leftAlone) {
        host.message({
          code: 'deployment-left-alone',
          level: 'warning',
          text: `deployment ${name} was not made by aml-deit: it has no traffic now and is left as it is`,
        });
      }
      return await describeResult(aml, read, plan, options, applied);
    } catch (error) {
      throw error instanceof StepFailure ? await recoverFrom(error, context) : error;
    }
  } finally {
    aml.close();
  }
}

export function callOf(options: ActionContext): CallOptions {
  return options.signal === undefined ? {} : { signal: options.signal };
}

async function describeResult(
  aml: AzureMl,
  read: DesiredRead,
  plan: OnlinePlan,
  options: DeployOnlineOptions,
  applied: Awaited<ReturnType<typeof applyPlan>>,
): Promise<DeployOnlineResult> {
  const { desired } = read;
  const endpoint = await aml.onlineEndpoints.get(desired.endpoint.name, callOf(options));
  const deployment = await aml.onlineDeployments.get(desired.endpoint.name, plan.deployment, callOf(options));
  const modelId = deployment?.properties.model ?? applied.modelId;
  const model = parseAssetId(modelId, 'models');
  const { environment } = desired.deployment;
  return {
    changed: plan.steps.length > 0,
    endpoint: desired.endpoint.name,
    scoringUri: endpoint?.properties.scoringUri ?? null,
    deployment: plan.deployment,
    model: modelId === undefined ? null : { id: modelId, ...model },
    image: environment.kind === 'image' ? environment.image : null,
    steps: plan.steps,
    smoke:
      applied.smoke === undefined
        ? null
        : {
            deployment: plan.deployment,
            classes: applied.smoke.classes,
            durationMs: Math.round(applied.smoke.durationMs),
          },
    leftAlone: plan.leftAlone,
    target: { kind: aml.kind, workspace: aml.workspaceName },
  };
}
