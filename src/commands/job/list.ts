import { integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderJobList } from '../../cli/render-job.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class JobList extends BaseCommand {
  static override summary = 'List the jobs of the workspace, newest first.';
  static override examples = [
    '<%= config.bin %> job list --target local',
    '<%= config.bin %> job list --status Failed --max 200 --json',
  ];
  static override flags = {
    ...targetFlags,
    max: integer({ default: 50, min: 1, description: 'look at the newest so many' }),
    status: string({ description: 'only jobs in this state: Running, Completed, Failed …' }),
    experiment: string({ description: 'only jobs of this experiment' }),
    archived: option({
      options: ['exclude', 'include', 'only'] as const,
      default: 'exclude' as const,
      description: 'archived jobs',
    })(),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(JobList);
    const { listJobs } = await import('../../actions/list-jobs.ts');
    const result = await listJobs({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      max: flags.max,
      archived: flags.archived,
      ...(flags.status === undefined ? {} : { status: flags.status }),
      ...(flags.experiment === undefined ? {} : { experiment: flags.experiment }),
    });
    this.finish(flags, result, renderJobList);
  }
}
