import { boolean, integer, option, string } from '@oclif/core/flags';
import { BaseCommand } from '../../cli/base-command.ts';
import { definedOnly } from '../../cli/defined-only.ts';
import { generateFlags, generateOptions, stdoutFlag } from '../../cli/generate-flags.ts';
import { renderContent, renderGenerate } from '../../cli/render-generate.ts';

export default class GenerateCompute extends BaseCommand {
  static override summary = 'Write the YAML of a cluster that scales down to nothing.';
  static override description = 'Writes compute-cpu.yml for inference, else compute-gpu.yml.';
  static override examples = [
    '<%= config.bin %> generate compute --for finetune --sku Standard_NC8as_T4_v3 --max-instances 4',
  ];
  static override flags = {
    ...generateFlags,
    ...stdoutFlag,
    for: option({
      description: 'what the cluster is to be used for',
      options: ['inference', 'finetune', 'evaluation'] as const,
      default: 'inference',
    })(),
    name: string({ description: 'name of the cluster; deit-cpu for inference, else deit-gpu' }),
    sku: string({ description: "VM size on the card's list" }),
    'max-instances': integer({ description: 'machines at most; 2 for inference, else 1', min: 1 }),
    'idle-seconds': integer({ description: 'how long an idle machine stays', min: 1, default: 120 }),
    'low-priority': boolean({ description: 'cheaper machines that Azure may take away' }),
  };

  override async run(): Promise<void> {
    const { flags } = await this.parse(GenerateCompute);
    const { generateCompute } = await import('../../actions/generate-compute.ts');
    const { name, sku } = flags;
    const result = await generateCompute({
      ...generateOptions(flags),
      ...definedOnly({ name, sku, maxInstances: flags['max-instances'] }),
      task: flags.for,
      idleSeconds: flags['idle-seconds'],
      lowPriority: flags['low-priority'],
      host: this.host,
      signal: this.signal,
    });
    this.finish(flags, result, flags.stdout ? renderContent : renderGenerate);
  }
}
