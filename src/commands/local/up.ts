import { boolean, integer, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { renderLocalUp } from '../../cli/render-local.ts';

export default class LocalUp extends BaseCommand {
  static override summary = 'Start the local twin of Azure ML.';
  static override description =
    'Returns when the twin answers; it runs on in the background, on 127.0.0.1 only. A twin that is up already is left alone.';
  static override flags = {
    port: integer({
      description: 'this port or none; without it the one of last time, or any free one',
      min: 1,
      max: 65_535,
    }),
    'pull-from': string({
      multiple: true,
      description: 'registry outside this machine that images of deployments may be pulled from',
      helpValue: 'HOST',
    }),
    foreground: boolean({ description: 'stay, and end with Ctrl-C' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalUp);
    const options = {
      host: this.host,
      signal: this.signal,
      ...(flags.port === undefined ? {} : { port: flags.port }),
      ...(flags['pull-from'] === undefined ? {} : { pullFrom: flags['pull-from'] }),
    };
    if (flags.foreground) {
      const { runLocalTwin } = await import('../../actions/run-local-twin.ts');
      this.finish(flags, await runLocalTwin(options), () => '');
      return;
    }
    const { localUp } = await import('../../actions/local-up.ts');
    this.finish(flags, await localUp(options), renderLocalUp);
  }
}
