import { string as stringArg } from '@oclif/core/args';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderRunTree } from '../../cli/render-job.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { watchFlags, watchOptions } from '../../cli/watch-flags.ts';

export default class JobWatch extends BaseCommand {
  static override summary = 'Watch a job until it has ended.';
  static override description = `A line for the job and each of its steps, with epoch and metrics, and the log of what runs. Any job can be watched, by
anybody, from any moment on, and left and watched again. Exit code 0 when it completed, 1 when it failed or was
canceled, with the failing step's own error and log first.`;
  static override examples = [
    '<%= config.bin %> job watch JOB --target local',
    '<%= config.bin %> job watch JOB --no-logs --on-interrupt cancel',
  ];
  static override args = { job: stringArg({ required: true, description: "the job's name" }) };
  static override flags = { ...targetFlags, ...watchFlags };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(JobWatch);
    const { watchJob } = await import('../../actions/watch-job.ts');
    const result = await watchJob({
      ...connectOptions(flags),
      ...watchOptions(flags),
      host: this.host,
      signal: this.signal,
      job: args.job,
    });
    this.finish(flags, result, ({ job }) => renderRunTree(job));
  }
}
