import { integer, string } from '@oclif/core/flags';
import { exitCodes } from '../errors/index.ts';
import { BaseCommand } from '../cli/base-command.ts';
import { renderDoctor } from '../cli/render-doctor.ts';
import { connectOptions, targetFlags } from '../cli/target-flags.ts';

export default class Doctor extends BaseCommand {
  static override summary = 'Check this machine and the target: packages, names, credential, rights, quota.';
  static override description = `Changes nothing and starts nothing. Each failure names its fix; exit code 1 when a check failed.
Without a network it ends all the same: every question has a limit.`;
  static override examples = [
    '<%= config.bin %> doctor',
    '<%= config.bin %> doctor --target local --json',
    '<%= config.bin %> doctor --sku Standard_D4as_v4 --instances 2',
  ];
  static override flags = {
    ...targetFlags,
    sku: string({
      description: 'a VM size that is to be deployed online: check its quota',
      helpValue: 'SIZE',
    }),
    instances: integer({ description: 'how many of it', default: 1, min: 1, helpValue: 'N' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(Doctor);
    const { runDoctor } = await import('../actions/run-doctor.ts');
    const result = await runDoctor({
      ...connectOptions(flags),
      ...(flags.sku === undefined ? {} : { sku: flags.sku }),
      instances: flags.instances,
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, renderDoctor, result.ok ? 0 : exitCodes.failure);
  }
}
