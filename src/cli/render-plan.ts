import type { PlanOnlineResult } from '../actions/plan-online.ts';
import { describeStep } from '../rollout/describe-step.ts';
import { describeTraffic } from '../rollout/traffic.ts';
import type { FieldChange } from '../rollout/field-changes.ts';

/** The steps in order, the fields that differ below each: `+` new, `~` changed, `-` gone. */
export function renderPlan(result: PlanOnlineResult): string {
  if (!result.pending) return `nothing to do: ${result.deployment} serves on ${result.endpoint} already`;
  const lines = [
    `${result.endpoint}: ${result.steps.length} ${result.steps.length === 1 ? 'step' : 'steps'}`,
  ];
  for (const [index, step] of result.steps.entries()) {
    lines.push(`${index + 1}. ${describeStep(step)}  (${step.reason})`);
    if ('changes' in step) lines.push(...step.changes.map((change) => `     ${renderChange(change)}`));
    if (step.kind === 'move-traffic') {
      lines.push(`     ~ traffic: ${describeTraffic(step.before)} → ${describeTraffic(step.after)}`);
    }
  }
  for (const name of result.leftAlone) {
    lines.push(`deployment ${name} was not made by aml-deit and is left as it is`);
  }
  return lines.join('\n');
}

export function renderChange({ field, before, after }: FieldChange): string {
  if (before === undefined) return `+ ${field}: ${show(after)}`;
  if (after === undefined) return `- ${field}: ${show(before)}`;
  return `~ ${field}: ${show(before)} → ${show(after)}`;
}

/** Hashes are shortened: nobody reads 64 digits. */
function show(value: FieldChange['after']): string {
  if (typeof value !== 'string') return String(value);
  return /^[0-9a-f]{64}$/.test(value) ? `${value.slice(0, 12)}…` : value;
}
