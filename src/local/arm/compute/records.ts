import type { ProvisioningState } from '../provisioning-state.ts';

/** What the twin keeps of an AmlCompute cluster. */
export interface ComputeRecord {
  readonly name: string;
  readonly location: string;
  readonly tags: Readonly<Record<string, string>> | null;
  readonly identity: unknown;
  readonly description: string | null;
  readonly disableLocalAuth: boolean;
  /** Upper case, as the service gives it back. */
  readonly vmSize: string;
  readonly vmPriority: string;
  readonly osType: string;
  readonly minNodeCount: number;
  readonly maxNodeCount: number;
  readonly idleMs: number;
  readonly remoteLoginPortPublicAccess: string;
  readonly enableNodePublicIp: boolean;
  readonly isolatedNetwork: boolean;
  readonly provisioningState: ProvisioningState;
}
