import { boolean, option, string } from '@oclif/core/flags';
import type { InvokeBatchResult } from '../../actions/invoke-batch.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { formatTable } from '../../cli/format-table.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import { watchFlags, watchOptions } from '../../cli/watch-flags.ts';
import { printableLine } from '../../io/index.ts';

const shownRows = 20;

export default class InvokeBatch extends BaseCommand {
  static override summary = 'Classify a folder or table of pictures by a batch endpoint.';
  static override description = `Sends a local folder once, starts a job, watches its steps, and fetches the rows: as the job wrote them, and joined in
results.csv. Exit code 1 when any picture failed. With --no-wait it ends when the job has started; watch it with job watch.`;
  static override examples = [
    '<%= config.bin %> invoke batch --endpoint deit-batch --input pictures --labels folders --target local',
    '<%= config.bin %> invoke batch --endpoint deit-batch --input azureml:fridge:3 --no-wait',
    '<%= config.bin %> invoke batch --endpoint deit-batch --input pictures --resume batchjob-1234',
  ];
  static override flags = {
    ...targetFlags,
    ...watchFlags,
    endpoint: string({
      char: 'e',
      description: 'name of the batch endpoint; batch_endpoint of aml-deit.yml by default',
    }),
    deployment: string({ description: 'run this deployment, not the default one' }),
    input: string({
      char: 'i',
      required: true,
      description: 'local folder or table, azureml:NAME:VERSION, azureml://… or https://…',
      helpValue: 'PATH|URI',
    }),
    'input-type': option({
      options: ['uri_folder', 'uri_file', 'mltable'] as const,
      description: 'what an address is; guessed by default',
    })(),
    output: string({ description: 'new folder for the rows; out/JOB by default', helpValue: 'DIR' }),
    labels: string({
      description: 'what is right: folders (the name of the folder around), or a CSV of paths and labels',
      helpValue: 'folders|FILE',
    }),
    resume: string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'earlier job over the same input: only what it lacks is scored; may be repeated',
      helpValue: 'JOB',
    }),
    wait: boolean({ default: true, allowNo: true, description: 'wait for the job and fetch its rows' }),
    'delete-compute': boolean({ description: "remove the deployment's cluster when the job has ended" }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(InvokeBatch);
    const { invokeBatch } = await import('../../actions/invoke-batch.ts');
    const { endpoint, deployment, output, labels } = flags;
    const result = await invokeBatch({
      ...connectOptions(flags),
      ...watchOptions(flags),
      input: flags.input,
      noWait: !flags.wait,
      deleteCompute: flags['delete-compute'],
      ...definedOnly({ endpoint, deployment, output, labels }),
      ...definedOnly({ inputType: flags['input-type'], resumeJob: flags.resume }),
      host: this.host,
      signal: this.signal,
    });
    const printed = (shown: InvokeBatchResult): string => render(shown, flags.resume ?? []);
    this.finish(flags, result, printed, (result.counts?.failed ?? 0) > 0 ? 1 : 0);
  }
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

function render(
  { job, status, output, counts, accuracy, rows }: InvokeBatchResult,
  resumed: readonly string[],
): string {
  if (status === 'Started') {
    const resume = [...resumed, job].map((name) => `--resume ${name}`).join(' ');
    return `started job ${job}\n\nwatch it: aml-deit job watch ${job}\nfetch its rows: the same command with ${resume}\n`;
  }
  if (output === null)
    return counts === null
      ? `job ${job} is complete; its deployment keeps no rows, and it logged no counts\n`
      : `job ${job} counted ${counts.rows} rows, ${counts.failed} of them failed; its deployment keeps none\n`;
  const shown = rows.slice(0, shownRows);
  const good = shown.filter(({ error }) => error === undefined);
  const table = formatTable(
    ['picture', ...(accuracy === null ? [] : ['is']), 'class', 'probability'],
    good.map(({ id, classes, expected }) => [
      id,
      ...(accuracy === null ? [] : [expected ?? '']),
      classes[0]?.label ?? '',
      classes[0] === undefined ? '' : percent(classes[0].score),
    ]),
  );
  const failures = shown.flatMap(({ id, error }) =>
    error === undefined ? [] : [printableLine(`${id}: ${error.code}: ${error.message}`)],
  );
  const lines = [
    ...failures,
    '',
    `${counts?.rows ?? 0} ${counts?.rows === 1 ? 'row' : 'rows'}${(counts?.kept ?? 0) > 0 ? `, ${counts?.kept} of them from before` : ''}${(counts?.failed ?? 0) > 0 ? `, ${counts?.failed} failed` : ''}, in ${output}`,
    ...(accuracy === null
      ? []
      : [`${accuracy.labelled} labelled: top-1 ${percent(accuracy.top1)}, top-5 ${percent(accuracy.top5)}`]),
  ];
  return `${good.length === 0 ? '' : table}${lines.join('\n')}\n`;
}
