import { randomBytes, randomUUID } from 'node:crypto';
import type { Settings } from '../store/settings.ts';

/** Who a twin is: drawn once, kept with its state, gone with `local reset`. */
export interface TwinIdentity {
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  readonly workspaceId: string;
  readonly tenantId: string;
  /** The one caller there is. */
  readonly objectId: string;
  /** What stands where Azure has a region. */
  readonly location: string;
  readonly account: string;
  /** Base64, 64 bytes. */
  readonly accountKey: string;
  /** Base64; signs the twin's tokens. */
  readonly tokenSecret: string;
  /** The value of `X-IDENTITY-HEADER`, and what `local down` and `local status` show to the twin. */
  readonly identityHeader: string;
}

export function createIdentity(): TwinIdentity {
  return {
    subscriptionId: randomUUID(),
    resourceGroup: 'local',
    workspaceName: 'twin',
    workspaceId: randomUUID(),
    tenantId: randomUUID(),
    objectId: randomUUID(),
    location: 'local',
    account: `amldeit${randomBytes(4).toString('hex')}`,
    accountKey: randomBytes(64).toString('base64'),
    tokenSecret: randomBytes(48).toString('base64'),
    identityHeader: randomBytes(24).toString('hex'),
  };
}

export function loadIdentity(settings: Settings): TwinIdentity {
  return settings.getOrCreate('identity', createIdentity);
}
