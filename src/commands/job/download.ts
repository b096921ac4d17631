import { string as stringArg } from '@oclif/core/args';
import { boolean, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { formatTable } from '../../cli/format-table.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';

export default class JobDownload extends BaseCommand {
  static override summary = "Download a job's outputs, or its logs and those of its steps.";
  static override description =
    'Outputs go to named-outputs/NAME, logs to artifacts, those of steps below steps/STEP. Interrupted, the same command goes on.';
  static override examples = [
    '<%= config.bin %> job download JOB --target local',
    '<%= config.bin %> job download JOB --logs --out logs',
    '<%= config.bin %> job download JOB --output mlflow_model',
  ];
  static override args = {
    job: stringArg({ required: true, description: "a job's name, or the run id of a step" }),
  };
  static override flags = {
    ...targetFlags,
    out: string({ char: 'o', description: 'folder; out/jobs/JOB by default', helpValue: 'DIR' }),
    output: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'only this output; may be repeated',
      helpValue: 'NAME',
    }),
    logs: boolean({
      description: 'logs and ./outputs of the job and its steps, and no outputs but named ones',
    }),
    force: boolean({ description: 'put files into folders that hold others' }),
  };

  override async run(): Promise<void> {
    const { args, flags } = await this.parse(JobDownload);
    const { downloadJob } = await import('../../actions/download-job.ts');
    const result = await downloadJob({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      job: args.job,
      logs: flags.logs,
      force: flags.force,
      ...(flags.out === undefined ? {} : { out: flags.out }),
      ...(flags.output === undefined ? {} : { outputs: flags.output }),
    });
    this.finish(flags, result, ({ parts }) =>
      parts.length === 0
        ? 'there was nothing to download'
        : formatTable(
            ['output', 'files', 'MB', 'folder'],
            parts.map(({ output, files, bytes, directory }) => [
              output,
              String(files),
              (bytes / 1e6).toFixed(1),
              directory,
            ]),
          ),
    );
  }
}
