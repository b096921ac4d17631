import { boolean } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { deployFlags, deployOptions } from '../../cli/deploy-flags.ts';
import { renderPlan } from '../../cli/render-plan.ts';

/** `plan --detailed-exitcode` only: changes are pending. */
const changesPending = 10;

export default class PlanOnline extends BaseCommand {
  static override summary = 'Show what deploy online would do, field by field, and do nothing.';
  static override examples = [
    '<%= config.bin %> plan online --model ./package --endpoint deit --sku Standard_D4as_v4 --target local',
    '<%= config.bin %> plan online --file endpoint.yml --file deployment.yml --detailed-exitcode',
  ];
  static override flags = {
    ...deployFlags,
    'detailed-exitcode': boolean({ description: 'exit with 10 when changes are pending' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(PlanOnline);
    const { planOnline } = await import('../../actions/plan-online.ts');
    const result = await planOnline({ ...deployOptions(flags), host: this.host, signal: this.signal });
    this.finish(flags, result, renderPlan, flags['detailed-exitcode'] && result.pending ? changesPending : 0);
  }
}
