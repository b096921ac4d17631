import { planOnline as computePlan } from '../rollout/index.ts';
import type { PlanStep } from '../rollout/index.ts';
import { connect } from './connect.ts';
import { callOf } from './deploy-online.ts';
import { readActualOnline } from './online/actual-online.ts';
import type { DeployOnlineOptions } from './online/deploy-options.ts';
import { checkDeployOptions, readDesiredOnline } from './online/desired-online.ts';

export type PlanOnlineOptions = DeployOnlineOptions;

export interface PlanOnlineResult {
  /** Whether a deploy would do anything. */
  readonly pending: boolean;
  readonly endpoint: string;
  /** The deployment that would serve. */
  readonly deployment: string;
  /** What a deploy would do, in order, each with its reason and the fields that differ. */
  readonly steps: readonly PlanStep[];
  readonly leftAlone: readonly string[];
  readonly target: { readonly kind: 'azure' | 'local'; readonly workspace: string };
}

/** What {@link deployOnline} would do with the same options; changes nothing. Throws what it would throw before its first step. */
export async function planOnline(options: PlanOnlineOptions): Promise<PlanOnlineResult> {
  const checked = await checkDeployOptions(options);
  const aml = await connect(options);
  try {
    const read = await readDesiredOnline(aml, checked);
    const actual = await readActualOnline(aml, read.desired, callOf(options));
    const plan = computePlan(read.desired, actual);
    return {
      pending: plan.steps.length > 0,
      endpoint: read.desired.endpoint.name,
      deployment: plan.deployment,
      steps: plan.steps,
      leftAlone: plan.leftAlone,
      target: { kind: aml.kind, workspace: aml.workspaceName },
    };
  } finally {
    aml.close();
  }
}
