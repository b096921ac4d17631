import { findVmSize, vmSizes } from '../../../card/index.ts';
import type { TwinServices } from '../../services.ts';
import type { ArmHandler } from '../handler.ts';
import { locationPath } from '../resource-ids.ts';
import type { ComputeRecord } from './records.ts';

/** What a subscription may have of each family on this twin: as much as a new one usually gets, and no more. */
const dedicatedCoresPerFamily = 100;
const maxClusters = 200;

const families = [...new Set(vmSizes.map((size) => size.family))].filter((family) => family !== null).sort();

/** Why the minimum of a cluster's nodes cannot be there, in the service's words; undefined when it can. */
export function quotaShortfall(record: ComputeRecord): string | undefined {
  const cores = (findVmSize(record.vmSize)?.vcpus ?? 0) * record.minNodeCount;
  return cores <= dedicatedCoresPerFamily
    ? undefined
    : `Operation results in exceeding quota limits of Core. Maximum allowed: ${dedicatedCoresPerFamily}, Current in use: 0, Additional requested: ${cores}.`;
}

function coresInUse(services: TwinServices, family: string): number {
  return services.tables.computes
    .list('')
    .filter(({ body }) => quotaShortfall(body) === undefined)
    .reduce((sum, { body }) => {
      const size = findVmSize(body.vmSize);
      return size?.family === family ? sum + size.vcpus * body.minNodeCount : sum;
    }, 0);
}

function entry(
  services: TwinServices,
  kind: 'usages' | 'quotas',
  type: string,
  name: { readonly value: string; readonly localizedValue: string },
  amount: { readonly limit: number; readonly currentValue?: number },
): object {
  return {
    ...amount,
    id: locationPath(services.identity, `${kind}/${name.value.replaceAll(' ', '')}`),
    type: `Microsoft.MachineLearningServices/${type}/${kind}`,
    unit: 'Count',
    name,
  };
}

const familyName = (family: string): { readonly value: string; readonly localizedValue: string } => ({
  value: family,
  localizedValue: `${family} Cluster Dedicated vCPUs`,
});

export const quotaHandlers = {
  'location.usages': (_request, services) => ({
    status: 200,
    body: {
      value: [
        entry(
          services,
          'usages',
          'totalClusters',
          { value: 'TotalClusters', localizedValue: 'Total Clusters' },
          { currentValue: services.tables.computes.list('').length, limit: maxClusters },
        ),
        ...families.map((family) =>
          entry(services, 'usages', 'vmFamily/dedicatedCores', familyName(family), {
            currentValue: coresInUse(services, family),
            limit: dedicatedCoresPerFamily,
          }),
        ),
      ],
    },
  }),
  'location.quotas': (_request, services) => ({
    status: 200,
    body: {
      value: families.map((family) =>
        entry(services, 'quotas', 'vmFamily/dedicatedCores', familyName(family), {
          limit: dedicatedCoresPerFamily,
        }),
      ),
    },
  }),
  'location.vmSizes': () => ({
    status: 200,
    body: {
      value: vmSizes.map((size) => ({
        name: size.name,
        family: size.family,
        vCPUs: size.vcpus,
        gpus: size.gpus,
        osVhdSizeMB: 1_047_552,
        maxResourceVolumeMB: size.tempDiskGiB === null ? 0 : size.tempDiskGiB * 1024,
        memoryGB: size.memoryGiB,
        lowPriorityCapable: true,
        premiumIO: true,
        estimatedVMPrices: { billingCurrency: 'USD', unitOfMeasure: 'OneHour', values: [] },
        supportedComputeTypes: ['AmlCompute'],
      })),
    },
  }),
} as const satisfies Record<string, ArmHandler>;
