import { boolean, integer, string } from '@oclif/core/flags';
import { printableLine } from '../../io/index.ts';
import type { DeployOnlineResult } from '../../actions/deploy-online.ts';
import { BaseCommand } from '../../cli/base-command.ts';
import { deployFlags, deployOptions } from '../../cli/deploy-flags.ts';

export default class DeployOnline extends BaseCommand {
  static override summary = 'Make an online endpoint serve a model.';
  static override description = `A new revision is a new deployment at 0 % beside the old: it has to become healthy and to classify a picture
before traffic moves to it and the old one goes. If it does not, the old one has served all along.
Running again after an interruption continues; nothing is done when nothing differs.`;
  static override examples = [
    '<%= config.bin %> deploy online --model ./package --endpoint deit --sku Standard_D4as_v4 --target local',
    '<%= config.bin %> deploy online --file endpoint.yml --file deployment.yml',
    '<%= config.bin %> deploy online --serving registry --endpoint deit --sku Standard_DS3_v2',
  ];
  static override flags = {
    ...deployFlags,
    'keep-failed': boolean({ description: 'leave a failed revision at 0 %, for looking at it' }),
    'smoke-image': string({
      multiple: true,
      multipleNonGreedy: true,
      description: 'picture for the smoke test; a drawn one by default; may be repeated',
      helpValue: 'FILE',
    }),
    timeout: integer({
      description: 'seconds to wait for each operation of the service',
      helpValue: 'SECONDS',
      min: 1,
      default: 2700,
    }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(DeployOnline);
    const { deployOnline } = await import('../../actions/deploy-online.ts');
    const result = await deployOnline({
      ...deployOptions(flags),
      host: this.host,
      signal: this.signal,
      keepFailed: flags['keep-failed'],
      timeoutMs: flags.timeout * 1000,
      ...(flags['smoke-image'] === undefined ? {} : { smokeImages: flags['smoke-image'] }),
    });
    this.finish(flags, result, render);
  }
}

function render(result: DeployOnlineResult): string {
  const { model } = result;
  const modelText =
    model === null ? 'none' : model.name === undefined ? model.id : `${model.name}:${model.version ?? '?'}`;
  const lines = [
    result.changed ? `${result.endpoint} serves` : `nothing to do: ${result.endpoint} serves this already`,
    `  scoring URL  ${result.scoringUri ?? 'none yet'}`,
    `  deployment   ${result.deployment}`,
    `  model        ${modelText}`,
    ...(result.image === null ? [] : [`  image        ${result.image}`]),
  ];
  if (result.smoke !== null) {
    const [best] = result.smoke.classes;
    const said =
      best === undefined ? '' : `${printableLine(best.label)} ${(best.score * 100).toFixed(1)} %, `;
    lines.push(`  smoke test   ${said}${result.smoke.classes.length} classes, ${result.smoke.durationMs} ms`);
  }
  const target = result.target.kind === 'local' ? ' --target local' : '';
  lines.push('', `try: aml-deit invoke online --endpoint ${result.endpoint} --image PICTURE${target}`);
  return lines.join('\n');
}
