import { AmlDeitError } from '../../errors/index.ts';
import type { DoctorCheck } from './check.ts';
import { failedCheck } from './failed-check.ts';

/** The size that is to be deployed online, and how often. */
export interface QuotaQuestion {
  readonly sku: string;
  readonly instances: number;
}

/** Whether the subscription's quota in the workspace's region lets a size be deployed, and what else speaks against it. */
export async function checkQuota(
  question: QuotaQuestion | undefined,
  location: string,
  readUsages: () => Promise<unknown>,
): Promise<DoctorCheck> {
  if (question === undefined)
    return { id: 'quota', status: 'skipped', summary: 'no size is named: --sku says which' };
  const { sku, instances } = question;
  try {
    const { checkSkus, parseQuotas } = await import('../../card/index.ts');
    const quotas = parseQuotas(await readUsages());
    if ('fault' in quotas) {
      return {
        id: 'quota',
        status: 'failed',
        summary: `the quotas of ${location} cannot be read: ${quotas.fault}`,
        fix: 'see them with `az ml compute list-usage`, and give them to aml-deit sku check --quota',
      };
    }
    const findings = checkSkus({
      names: [sku],
      task: 'inference',
      batch: false,
      instances,
      asOf: new Date(),
      quotas,
    });
    const errors = findings.filter(({ severity }) => severity === 'error');
    const [worst] = errors.length > 0 ? errors : findings;
    const details = { sku, instances, findings };
    if (worst === undefined) {
      return {
        id: 'quota',
        status: 'ok',
        summary: `the quota of ${location} allows ${instances} x ${sku}`,
        details,
      };
    }
    const isQuota = worst.code === 'sku-quota-short' || worst.code === 'sku-quota-unknown';
    return {
      id: 'quota',
      status: errors.length > 0 ? 'failed' : 'warning',
      summary: worst.message,
      fix: isQuota
        ? `ask for more quota in ${location} (the studio's page Quota), or take a size of another family: aml-deit sku recommend --for inference`
        : 'take another size: aml-deit sku recommend --for inference',
      details,
    };
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'INTERRUPTED') throw error;
    return failedCheck('quota', error);
  }
}
