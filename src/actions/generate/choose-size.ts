import type { ImageKind, SkuTask, VmSize } from '../../card/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { silentHost } from '../../io/index.ts';
import type { GenerateOptions } from './generate-options.ts';

/** The smallest size of each allow-list that is not about to be retired. */
export const defaultSizes = {
  inference: 'Standard_D4as_v4',
  finetune: 'Standard_NC4as_T4_v3',
  evaluation: 'Standard_NC4as_T4_v3',
} as const satisfies Record<SkuTask, string>;

export interface ChosenSize {
  readonly size: VmSize;
  /** For a comment: `4 vCPU, no GPU, 16 GiB memory, …; on the card's inference allow-list`. */
  readonly facts: string;
}

/** The size, held against the card: errors are SKU_REFUSED with the findings in `details`, warnings go to the host. */
export async function chooseSize(
  name: string | undefined,
  task: SkuTask,
  options: GenerateOptions,
  image?: ImageKind,
): Promise<ChosenSize> {
  const { checkSkus, findVmSize } = await import('../../card/index.ts');
  const { describeSize } = await import('../../card/describe-size.ts');
  const given = name ?? defaultSizes[task];
  const findings = checkSkus({
    names: [given],
    task,
    asOf: options.asOf ?? new Date(),
    ...(image === undefined ? {} : { image }),
  });
  const errors = findings.filter(({ severity }) => severity === 'error');
  const size = findVmSize(given);
  if (errors.length > 0 || size === undefined) {
    throw new AmlDeitError('SKU_REFUSED', errors.map(({ message }) => message).join('; '), {
      hint: `\`aml-deit sku recommend --for ${task}\` names sizes that are good for it`,
      details: { sku: given, findings },
    });
  }
  for (const finding of findings) {
    const { code, message: text } = finding;
    (options.host ?? silentHost).message({ code, level: 'warning', text, data: { ...finding } });
  }
  return { size, facts: `${describeSize(size)}; on the card's ${task} allow-list` };
}
