import { readJson } from './arm-session.ts';
import type { ArmRequest } from './arm-session.ts';
import type { CallOptions } from './azure-ml.ts';
import { azureError } from './azure-error.ts';
import { openSession } from './open-session.ts';
import type { ConnectionTarget, SessionOptions } from './open-session.ts';
import type { WorkspaceResource } from './wire/assets.ts';

/** One role's part of what the caller may do; `*` stands for any text. */
export interface Permission {
  readonly actions: readonly string[];
  readonly notActions: readonly string[];
}

/** Questions about the caller's access to a workspace that change nothing; each may throw what any call may. */
export interface AccessProbe {
  /** Whether a token can be had. Nothing of it but its tenant and its end is given away. */
  token(options?: CallOptions): Promise<{ readonly tenantId?: string; readonly expiresAt: string }>;
  workspace(options?: CallOptions): Promise<WorkspaceResource>;
  /** Reads what listing needs at least, and nothing else. */
  canRead(options?: CallOptions): Promise<void>;
  /** What the caller's roles allow on the workspace, as ARM itself sees it. */
  permissions(options?: CallOptions): Promise<readonly Permission[]>;
  /** The subscription's list of quotas in a region, as the service answers it. */
  usages(location: string, options?: CallOptions): Promise<unknown>;
  close(): void;
}

/** Retries would only hide, for a while, what is to be found out. */
export async function openAccessProbe(
  target: ConnectionTarget,
  options: SessionOptions = {},
): Promise<AccessProbe> {
  const opened = await openSession(target, { retry: { maxRetries: 0 }, ...options });
  const { session, credential, credentialScope } = opened;
  const get = async (request: Omit<ArmRequest, 'method'>): Promise<unknown> => {
    const whole: ArmRequest = { method: 'GET', ...request };
    return readJson(await session.sendExpecting(whole, [200]), request.description ?? 'GET');
  };
  const provider = `${session.endpoint}/subscriptions/${session.subscriptionId}/providers/Microsoft.MachineLearningServices`;
  return {
    async token({ signal } = {}) {
      try {
        const token = await credential.getToken(
          credentialScope,
          signal === undefined ? {} : { abortSignal: signal },
        );
        if (token === null) throw new Error('no credential gave a token');
        const tenantId = tenantOf(token.token);
        return {
          ...(tenantId === undefined ? {} : { tenantId }),
          expiresAt: new Date(token.expiresOnTimestamp).toISOString(),
        };
      } catch (error) {
        throw azureError(error, 'the workspace', signal);
      }
    },
    workspace: async ({ signal } = {}) =>
      (await get({
        url: `${session.endpoint}${session.workspaceId}?api-version=${workspaceApiVersion}`,
        description: `workspace ${session.workspaceName}`,
        signal,
      })) as WorkspaceResource,
    async canRead({ signal } = {}) {
      await get({ path: 'onlineEndpoints', description: 'GET onlineEndpoints', signal });
    },
    async permissions({ signal } = {}) {
      const answer = await get({
        url: `${session.endpoint}${session.workspaceId}/providers/Microsoft.Authorization/permissions?api-version=${permissionsApiVersion}`,
        description: 'GET permissions',
        signal,
      });
      const { value = [] } = answer as { value?: readonly Partial<Permission>[] };
      return value.map(({ actions, notActions }) => ({
        actions: actions ?? [],
        notActions: notActions ?? [],
      }));
    },
    usages: (location, { signal } = {}) =>
      get({
        url: `${provider}/locations/${encodeURIComponent(location)}/usages?api-version=${workspaceApiVersion}`,
        description: `GET usages of ${location}`,
        signal,
      }),
    close: () => opened.close(),
  };
}

const workspaceApiVersion = '2024-10-01';
const permissionsApiVersion = '2022-04-01';

/** The token is for the service to check; here only its own word for the tenant is read. */
function tenantOf(token: string): string | undefined {
  try {
    const claims = JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString()) as {
      tid?: unknown;
    };
    return typeof claims.tid === 'string' ? claims.tid : undefined;
  } catch {
    return undefined;
  }
}
