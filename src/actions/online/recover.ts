import type { CallOptions } from '../../azure/index.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import { describeTraffic } from '../../rollout/index.ts';
import type { ApplyContext, StepFailure } from './apply-plan.ts';
import { causeInLogs, readLogTails } from './container-log.ts';

/**
 * After a step that failed: traffic back to where it was, the container's log while there is one, the failed revision
 * removed. Returns the error to throw, its first line the cause.
 */
export async function recoverFrom(failure: StepFailure, context: ApplyContext): Promise<AmlDeitError> {
  const { aml, plan, options, read } = context;
  const host = options.host ?? silentHost;
  const endpoint = read.desired.endpoint.name;
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const { step, cause } = failure;
  const concernsRevision =
    (step.kind === 'create-deployment' ||
      step.kind === 'await-deployment' ||
      step.kind === 'smoke-test' ||
      step.kind === 'move-traffic') &&
    // What serves already is not removed because a picture of it went wrong.
    (failure.trafficBefore !== undefined || !plan.serving.includes(plan.deployment));
  if (!concernsRevision) return asError(cause);

  const notes: string[] = [];
  if (failure.trafficBefore !== undefined) {
    const { trafficBefore } = failure;
    await aml.onlineEndpoints.update(
      endpoint,
      (current) => ({ ...current, properties: { ...current.properties, traffic: trafficBefore } }),
      call,
    );
    notes.push(`traffic is back on ${describeTraffic(trafficBefore)}`);
    host.progress({
      id: 'traffic-back',
      text: `traffic is back on ${describeTraffic(trafficBefore)}`,
      state: 'done',
    });
  } else if (plan.serving.length > 0) {
    notes.push(`${plan.serving.join(', ')} has served all along`);
  }

  const revision = await aml.onlineDeployments.get(endpoint, plan.deployment, call);
  // The service refused it outright: there is nothing to look at and nothing to remove.
  if (revision === undefined) {
    notes.push(...(await removeNewEndpoint(context, call)));
    return asError(cause, notes);
  }
  const logs = await readLogTails(aml, endpoint, plan.deployment, call);
  if (options.keepFailed === true) {
    notes.push(
      `${plan.deployment} is kept at 0 %: aml-deit endpoint logs ${endpoint} --deployment ${plan.deployment}${aml.kind === 'local' ? ' --target local' : ''}`,
    );
  } else {
    const progress = { id: 'remove-failed', text: `remove the failed deployment ${plan.deployment}` };
    host.progress({ ...progress, state: 'running' });
    try {
      await aml.onlineDeployments.delete(endpoint, plan.deployment, call);
      host.progress({ ...progress, state: 'done' });
      notes.push(`${plan.deployment} was removed`);
    } catch (error) {
      host.progress({ ...progress, text: `${progress.text}: ${errorMessage(error)}`, state: 'failed' });
      notes.push(`${plan.deployment} could not be removed and is removed by the next run`);
    }
  }
  if (options.keepFailed !== true) notes.push(...(await removeNewEndpoint(context, call)));
  const words = causeInLogs(logs);
  const original = asError(cause);
  const says = words === undefined || original.message.includes(words) ? '' : `: ${words}`;
  const code = original.code === 'SMOKE_TEST_FAILED' ? 'SMOKE_TEST_FAILED' : 'DEPLOYMENT_FAILED';
  return new AmlDeitError(code, `${firstLine(original.message)}${says}`, {
    hint: notes.join('; '),
    details: { ...original.details, endpoint, deployment: plan.deployment, logs },
    cause,
  });
}

/** An endpoint that this run made, and that has nothing in it, would be half of what was asked for. */
async function removeNewEndpoint({ aml, plan, read }: ApplyContext, call: CallOptions): Promise<string[]> {
  const { name } = read.desired.endpoint;
  if (!plan.steps.some(({ kind }) => kind === 'create-endpoint')) return [];
  try {
    if ((await aml.onlineEndpoints.get(name, call)) === undefined) return [];
    if ((await aml.onlineDeployments.list(name, call)).length > 0) return [];
    await aml.onlineEndpoints.delete(name, call);
    return [`the new endpoint ${name} was removed`];
  } catch (error) {
    return [`the new endpoint ${name} is empty and could not be removed: ${errorMessage(error)}`];
  }
}

function firstLine(text: string): string {
  return text.split('\n')[0] ?? text;
}

function asError(cause: unknown, notes: readonly string[] = []): AmlDeitError {
  const original =
    cause instanceof AmlDeitError ? cause : new AmlDeitError('INTERNAL', errorMessage(cause), { cause });
  if (notes.length === 0) return original;
  const hint = [original.hint, ...notes].filter((part) => part !== undefined).join('; ');
  return new AmlDeitError(original.code, original.message, {
    hint,
    ...(original.details === undefined ? {} : { details: original.details }),
    cause: original.cause,
  });
}
