import type { AccessProbe, ConnectionTarget, SessionOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import type { DoctorCheck, DoctorCheckId } from './check.ts';
import { checkQuota } from './check-quota.ts';
import type { QuotaQuestion } from './check-quota.ts';
import { failedCheck } from './failed-check.ts';
import { missingActions } from './missing-actions.ts';
import { within } from './within.ts';

export interface CheckWorkspaceOptions {
  readonly connection: ConnectionTarget;
  readonly session: SessionOptions;
  readonly signal?: AbortSignal;
  /** For each question. */
  readonly timeoutMs: number;
  readonly quota?: QuotaQuestion;
}

const later = ['workspace', 'read-access', 'write-access', 'quota'] as const;

/** The same checks where there is nobody to ask, each with the reason. */
export function skippedChecks(
  reason: string,
  ids: readonly DoctorCheckId[] = ['credential', ...later],
): DoctorCheck[] {
  return ids.map((id) => ({ id, status: 'skipped', summary: reason }));
}

/** Credential, workspace, rights and quota, one after the other: what cannot be asked after a failure is skipped. */
export async function* checkWorkspace(options: CheckWorkspaceOptions): AsyncGenerator<DoctorCheck> {
  const { openAccessProbe } = await import('../../azure/probe-access.ts');
  let probe: AccessProbe;
  try {
    probe = await within(options.timeoutMs, options.signal, () =>
      openAccessProbe(options.connection, options.session),
    );
  } catch (error) {
    rethrowInterrupt(error);
    yield failedCheck('credential', error);
    yield* skippedChecks('there is no credential', later);
    return;
  }
  const ask = <T>(question: (call: { signal: AbortSignal }) => Promise<T>): Promise<T> =>
    within(options.timeoutMs, options.signal, (signal) => question({ signal }));
  try {
    try {
      const { tenantId, expiresAt } = await ask((call) => probe.token(call));
      yield {
        id: 'credential',
        status: 'ok',
        summary: `a token was given${tenantId === undefined ? '' : `, of tenant ${tenantId}`}, until ${expiresAt}`,
        details: { ...(tenantId === undefined ? {} : { tenantId }), expiresAt },
      };
    } catch (error) {
      rethrowInterrupt(error);
      yield failedCheck('credential', error, credentialFix(error));
      yield* skippedChecks('there is no credential', later);
      return;
    }
    let location: string;
    try {
      const workspace = await ask((call) => probe.workspace(call));
      ({ location } = workspace);
      yield {
        id: 'workspace',
        status: 'ok',
        summary: `workspace ${workspace.name ?? ''} answers, in ${location}`,
        details: { location },
      };
    } catch (error) {
      rethrowInterrupt(error);
      yield failedCheck('workspace', error, workspaceFix(error));
      yield* skippedChecks('the workspace does not answer', later.slice(1));
      return;
    }
    yield await checkRead(() => ask((call) => probe.canRead(call)));
    yield await checkWrite(() => ask((call) => probe.permissions(call)));
    yield await checkQuota(options.quota, location, () => ask((call) => probe.usages(location, call)));
  } finally {
    probe.close();
  }
}

async function checkRead(read: () => Promise<void>): Promise<DoctorCheck> {
  try {
    await read();
    return { id: 'read-access', status: 'ok', summary: 'endpoints can be listed' };
  } catch (error) {
    rethrowInterrupt(error);
    return failedCheck('read-access', error);
  }
}

/** By what ARM says of the caller's roles: nothing is written to find out. */
async function checkWrite(permissions: () => ReturnType<AccessProbe['permissions']>): Promise<DoctorCheck> {
  try {
    const missing = missingActions(await permissions());
    if (missing.length === 0) {
      return { id: 'write-access', status: 'ok', summary: 'roles allow deployments, models and jobs' };
    }
    return {
      id: 'write-access',
      status: 'failed',
      summary: `no role allows ${missing.length === 1 ? '' : `${missing.length} actions, such as `}${missing[0]}`,
      fix: 'ask an owner of the workspace for the role AzureML Data Scientist, or for a role of yours with these actions',
      details: { missing },
    };
  } catch (error) {
    rethrowInterrupt(error);
    // Whoever may not read roles may well deploy.
    return {
      id: 'write-access',
      status: 'warning',
      summary: `what the roles allow cannot be asked: ${error instanceof Error ? error.message : String(error)}`,
      fix: 'nothing, if deploying works; otherwise ask for the role AzureML Data Scientist',
    };
  }
}

function credentialFix(error: unknown): string | undefined {
  if (error instanceof AmlDeitError && error.code !== 'AZURE_UNREACHABLE') return error.hint;
  return 'log in with `az login`, or set AZURE_CLIENT_ID, AZURE_TENANT_ID and AZURE_CLIENT_SECRET; check the network';
}

function workspaceFix(error: unknown): string | undefined {
  if (!(error instanceof AmlDeitError)) return undefined;
  if (error.code === 'AZURE_NOT_FOUND') {
    return 'check subscription, resource group and workspace (AZURE_SUBSCRIPTION_ID, AZURE_RESOURCE_GROUP, AZUREML_WORKSPACE_NAME, aml-deit.yml), and the tenant of the credential';
  }
  return error.hint;
}

function rethrowInterrupt(error: unknown): void {
  if (error instanceof AmlDeitError && error.code === 'INTERRUPTED') throw error;
}
