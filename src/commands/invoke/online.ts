import { integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { formatTable } from '../../cli/format-table.ts';
import { printableLine } from '../../io/index.ts';
import { connectOptions, targetFlags } from '../../cli/target-flags.ts';
import type { InvokeOnlineResult } from '../../actions/invoke-online.ts';

export default class InvokeOnline extends BaseCommand {
  static override summary = 'Classify pictures through an online endpoint.';
  static override description =
    'Each picture is one request, so that a bad one fails alone. Exit code 1 when any picture failed. ' +
    'An address is fetched by the endpoint, if its deployment may: see --urls of deploy online.';
  static override examples = [
    '<%= config.bin %> invoke online --endpoint deit --image can.jpg --image carton.jpg',
    '<%= config.bin %> invoke online --endpoint deit --deployment r2 --top-k 1 --json --image *.jpg',
    '<%= config.bin %> invoke online --endpoint deit --image https://example.com/can.jpg',
  ];

  static override flags = {
    ...targetFlags,
    endpoint: string({ char: 'e', required: true, description: 'name of the online endpoint' }),
    image: string({
      char: 'i',
      required: true,
      multiple: true,
      description: 'picture files or http(s) addresses (several, or the flag again)',
    }),
    deployment: string({ description: 'ask this deployment, whatever the traffic says' }),
    'top-k': integer({ default: 5, min: 1, description: 'classes to show for each picture' }),
    concurrency: integer({ default: 2, min: 1, max: 64, description: 'requests in flight at once' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(InvokeOnline);
    const { invokeOnline } = await import('../../actions/invoke-online.ts');
    const result = await invokeOnline({
      ...connectOptions(flags),
      host: this.host,
      signal: this.signal,
      endpoint: flags.endpoint,
      images: flags.image,
      topK: flags['top-k'],
      concurrency: flags.concurrency,
      ...(flags.deployment === undefined ? {} : { deployment: flags.deployment }),
    });
    this.finish(flags, result, render, result.failed > 0 ? 1 : 0);
  }
}

function render({ results, failed }: InvokeOnlineResult): string {
  const rows = results.flatMap((result) =>
    result.ok
      ? result.classes.map(({ label, score }, index) => [
          index === 0 ? result.image : '',
          label,
          `${(100 * score).toFixed(1)} %`,
          index === 0 ? (result.deployment ?? '') : '',
        ])
      : [],
  );
  const table = rows.length === 0 ? '' : formatTable(['image', 'class', 'probability', 'deployment'], rows);
  // Below the table: a message would make its columns as wide as itself.
  const failures = results.flatMap((result) =>
    result.ok ? [] : [`${printableLine(`${result.image}: ${result.error.code}: ${result.error.message}`)}\n`],
  );
  const count = failed === 0 ? '' : `${failed} of ${results.length} pictures failed\n`;
  return table + failures.join('') + count;
}
