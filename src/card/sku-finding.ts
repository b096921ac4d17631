import type { SkuTask } from './card.ts';
import type { Shortfall } from './minimum-spec.ts';

/** `error`: do not use the size; `warning`: it works, for now or as far as is known. */
export type SkuSeverity = 'error' | 'warning';

interface FindingBase {
  readonly message: string;
  /** The size as the card or the catalogue spells it; as it was given when it is unknown. */
  readonly sku: string;
}

interface RetirementFacts {
  /** `YYYY-MM-DD`. */
  readonly date: string;
  readonly source: string;
  /** Where the size lives on; `until` is null where no end is announced. Those that have passed are left out. */
  readonly regionalExceptions: readonly { readonly region: string; readonly until: string | null }[];
}

interface QuotaFacts {
  /** The quota as Azure's list names it. */
  readonly quota: string;
  readonly instances: number;
  readonly requiredCores: number;
}

/** One fact that speaks against a size. */
export type SkuFinding = FindingBase &
  (
    | { readonly severity: SkuSeverity; readonly code: 'sku-unknown'; readonly nearest: readonly string[] }
    | {
        readonly severity: 'error';
        readonly code: 'sku-not-listed';
        readonly task: SkuTask;
        /** Sizes of the allow-list that are not retired, the most alike first. */
        readonly nearest: readonly string[];
      }
    | ({ readonly severity: 'error'; readonly code: 'sku-below-minimum'; readonly task: SkuTask } & Shortfall)
    | ({ readonly severity: SkuSeverity; readonly code: 'sku-retired' } & RetirementFacts)
    | ({ readonly severity: 'warning'; readonly code: 'sku-retirement-announced' } & RetirementFacts)
    | {
        readonly severity: 'warning';
        readonly code: 'sku-closed-to-new-subscriptions';
        readonly since: string;
        readonly source: string;
      }
    | { readonly severity: 'warning'; readonly code: 'sku-not-managed-online'; readonly source: string }
    | ({
        readonly severity: 'error';
        readonly code: 'sku-quota-short';
        readonly limit: number;
        /** null where the list does not say what is in use. */
        readonly used: number | null;
        readonly shortBy: number;
      } & QuotaFacts)
    | ({ readonly severity: 'warning'; readonly code: 'sku-quota-unknown' } & Omit<QuotaFacts, 'quota'> & {
          /** null where the size's family is not known either. */
          readonly quota: string | null;
        })
    | { readonly severity: 'warning'; readonly code: 'sku-gpu-unused'; readonly gpus: number }
    | { readonly severity: 'warning'; readonly code: 'sku-gpu-missing' }
  );

export type SkuFindingCode = SkuFinding['code'];
