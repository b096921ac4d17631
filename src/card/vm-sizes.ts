import catalogue from './sizes.json' with { type: 'json' };

/** A retirement that Azure has announced or carried out. Dates are `YYYY-MM-DD`. */
export interface VmSizeRetirement {
  readonly date: string;
  /** null where no source gives the day of the announcement. */
  readonly announced: string | null;
  readonly url: string;
  /** Regions and clouds in which the size lives on after `date`; `until` is null where no end is announced. */
  readonly regionalExceptions: readonly { readonly region: string; readonly until: string | null }[];
}

/** What the SKU checks need to know of one Azure VM size. null means that no source says: it is never zero. */
export interface VmSize {
  readonly name: string;
  readonly series: string;
  readonly vcpus: number;
  /** A fraction where several sizes share one GPU. */
  readonly gpus: number;
  readonly gpuModel: string | null;
  /** Of each GPU, or of the part of one. */
  readonly gpuMemoryGiB: number | null;
  readonly memoryGiB: number | null;
  /** The temporary (resource) disk, not NVMe: the fourth number of the card's minimum specs. */
  readonly tempDiskGiB: number | null;
  /** The quota family as Azure ML's documentation spells it; null for families that are gone. */
  readonly family: string | null;
  /** On the documented list of sizes for managed online endpoints. */
  readonly managedOnline: boolean;
  /** Managed online deployments on it need no fifth of the quota in reserve. */
  readonly skipsReserve: boolean;
  readonly lifecycleStage: string | null;
  readonly retirement: VmSizeRetirement | null;
  /** No extra quota is granted any more. */
  readonly capacityGrowthRestricted: boolean;
  /** null where no source says; false: closed, since {@link closedToNewSubscriptionsSince}. */
  readonly newSubscriptionCanDeploy: boolean | null;
  /** The page that states the size's figures. */
  readonly source: string;
}

/** Every size on the card, every size on the documented managed-online list, and near misses that people ask for. */
export const vmSizes: readonly VmSize[] = catalogue.sizes;

/** The day on which the catalogue's facts were collected, `YYYY-MM-DD`. */
export const vmSizesAsOf: string = catalogue.asOf;

/** `YYYY-MM-DD`: since then new subscriptions cannot deploy the series that are being retired. */
export const closedToNewSubscriptionsSince: string = catalogue.closedToNewSubscriptionsSince;

/** The page that lists retirements and restrictions of all series. */
export const lifecycleSource: string = catalogue.lifecycleSource;

/** The page that lists the sizes for managed online endpoints, and which of them need no reserve. */
export const managedOnlineSource: string = catalogue.managedOnlineSource;

/** The page that states how much quota a managed online deployment needs. */
export const quotaSource: string = catalogue.quotaSource;

const byLowerCaseName = new Map(vmSizes.map((size) => [size.name.toLowerCase(), size]));

/** Names are compared without case: Azure's own samples and lists spell them in several ways. */
export function findVmSize(name: string): VmSize | undefined {
  return byLowerCaseName.get(name.toLowerCase());
}
