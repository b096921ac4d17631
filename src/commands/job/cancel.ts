import { string as stringArg } from '@oclif/core/args';
import { boolean } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class JobCancel extends BaseCommand {
  static override summary = 'Ask a job to end, all of its steps with it.';
  static override examples = ['<%= config.bin %> job cancel JOB --target local'];
  static override args = { job: stringArg({ required: true, description: "the job's name" }) };
  static override flags = {
    ...targetFlags,
    wait: boolean({ default: true, allowNo: true, description: 'wait until it has ended' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(JobCancel);
    const { cancelJob } = await import('../../actions/cancel-job.ts');
    const result = await cancelJob({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      job: args.job,
      wait: flags.wait,
    });
    this.finish(flags, result, ({ job, canceled, status }) =>
      canceled ? `job ${job} is ${status}` : `job ${job} had ended: ${status}`,
    );
  }
}
