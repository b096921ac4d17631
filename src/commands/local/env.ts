import { option } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { defaultShell, formatEnvironment, shells } from '../../cli/format-environment.ts';

const shellFlag = option({
  options: shells,
  description: 'whose syntax; by default the shell of this machine',
});

export default class LocalEnv extends BaseCommand {
  static override summary = "Print the variables with which Microsoft's own clients reach the local twin.";
  static override description =
    'For eval: eval "$(aml-deit local env)" in bash, zsh and sh; aml-deit local env --shell fish | source; ' +
    'aml-deit local env --shell powershell | Out-String | Invoke-Expression. One of them is a secret of this machine.';
  static override examples = [
    'eval "$(<%= config.bin %> local env)"',
    '<%= config.bin %> local env --shell dotenv > .env',
  ];
  static override flags = { shell: shellFlag() };

  override async run(): Promise<void> {
    const { flags } = await this.parse(LocalEnv);
    const { localEnv } = await import('../../actions/local-env.ts');
    const result = await localEnv({ host: this.host, signal: this.signal });
    const shell = flags.shell ?? defaultShell(process.env, process.platform);
    this.finish(flags, result, ({ variables }) => formatEnvironment(variables, shell));
  }
}
