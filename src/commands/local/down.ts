import { BaseCommand } from '../../cli/base-command.ts';

const sentences = {
  stopped: 'the local twin has ended',
  killed: 'the local twin did not end when asked and was killed',
  'not-running': 'no local twin is running',
} as const;

export default class LocalDown extends BaseCommand {
  static override summary = 'Stop the local twin; what it keeps stays.';

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalDown);
    const { localDown } = await import('../../actions/local-down.ts');
    this.finish(flags, await localDown({ host: this.host, signal: this.signal }), ({ outcome, pid }) =>
      pid === undefined ? sentences[outcome] : `${sentences[outcome]} (process ${pid})`,
    );
  }
}
