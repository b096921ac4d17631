import { string as stringArg } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderJob } from '../../cli/render-job.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class JobShow extends BaseCommand {
  static override summary = 'Show a job: its steps, metrics, inputs, outputs, errors and logs.';
  static override examples = ['<%= config.bin %> job show JOB --target local'];
  static override args = {
    job: stringArg({ required: true, description: "a job's name, or the run id of a step" }),
  };
  static override flags = { ...targetFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(JobShow);
    const { showJob } = await import('../../actions/show-job.ts');
    const result = await showJob({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      job: args.job,
    });
    this.finish(flags, result, renderJob);
  }
}
