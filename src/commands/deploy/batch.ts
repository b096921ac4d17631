import { integer } from '@oclif/core/flags';
import type { DeployBatchResult } from '../../actions/deploy-batch.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { batchFlags, batchOptions } from '../../cli/batch-flags.ts';

export default class DeployBatch extends BaseCommand {
  static override summary = 'Make a batch endpoint run a model.';
  static override description = `A new revision is a new deployment; it becomes the default when it is ready, and the one before stays. The cluster is
made if there is none, with no node that stands idle. Running again after an interruption continues; nothing is done
when nothing differs.`;
  static override examples = [
    '<%= config.bin %> deploy batch --model ./package --endpoint deit-batch --target local',
    '<%= config.bin %> deploy batch --serving registry --endpoint deit-batch --sku Standard_DS3_v2 --instances 4',
    '<%= config.bin %> deploy batch --file batch-endpoint.yml --file batch-deployment.yml --file compute-cpu.yml',
  ];
  static override flags = {
    ...batchFlags,
    timeout: integer({
      description: 'seconds to wait for each operation of the service',
      helpValue: 'SECONDS',
      min: 1,
      default: 2700,
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(DeployBatch);
    const { deployBatch } = await import('../../actions/deploy-batch.ts');
    const result = await deployBatch({
      ...batchOptions(flags),
      host: this.host,
      signal: this.signal,
      timeoutMs: flags.timeout * 1000,
    });
    this.finish(flags, result, render);
  }
}

function render({ changed, endpoint, deployment, invocationUri, target }: DeployBatchResult): string {
  return [
    changed ? `${endpoint} runs ${deployment}` : `nothing to do: ${endpoint} runs ${deployment} already`,
    `  invocation URL  ${invocationUri ?? 'none yet'}`,
    '',
    `try: aml-deit invoke batch --endpoint ${endpoint} --input FOLDER${target.kind === 'local' ? ' --target local' : ''}`,
  ].join('\n');
}
