import { boolean } from '@oclif/core/flags';
import type { PlanBatchResult } from '../../actions/deploy-batch.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { batchFlags, batchOptions } from '../../cli/batch-flags.ts';
import { renderChange } from '../../cli/render-plan.ts';
import { describeBatchStep } from '../../rollout/plan-batch.ts';

export default class PlanBatch extends BaseCommand {
  static override summary = 'Show what deploy batch would do, field by field, and do nothing.';
  static override examples = [
    '<%= config.bin %> plan batch --model ./package --endpoint deit-batch --target local',
    '<%= config.bin %> plan batch --file batch-endpoint.yml --file batch-deployment.yml --detailed-exitcode',
  ];
  static override flags = {
    ...batchFlags,
    'detailed-exitcode': boolean({ description: 'exit code 10 when something would be done' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(PlanBatch);
    const { planBatch } = await import('../../actions/deploy-batch.ts');
    const result = await planBatch({ ...batchOptions(flags), host: this.host, signal: this.signal });
    this.finish(flags, result, render, flags['detailed-exitcode'] && result.pending ? 10 : 0);
  }
}

function render({ pending, endpoint, deployment, steps }: PlanBatchResult): string {
  if (!pending) return `nothing to do: ${endpoint} runs ${deployment} already`;
  return [
    `${endpoint}: ${steps.length} ${steps.length === 1 ? 'step' : 'steps'}`,
    ...steps.flatMap((step, index) => [
      `${index + 1}. ${describeBatchStep(step)}  (${step.reason})`,
      ...('changes' in step ? step.changes.map((change) => `     ${renderChange(change)}`) : []),
    ]),
  ].join('\n');
}
