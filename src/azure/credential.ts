import type { Agent } from 'node:https';
import type { AccessToken, GetTokenOptions, TokenCredential } from '@azure/core-auth';
import { createDefaultHttpClient, createPipelineRequest } from '@azure/core-rest-pipeline';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import type { TwinAddress } from '../io/index.ts';
import { assertLoopback } from './loopback-agent.ts';

export interface CredentialOptions {
  readonly authority: string;
  readonly tenantId?: string;
}

/** The caller's own identity: environment, workload, managed identity, then the developer tools' log-ins. */
export async function azureCredential(options: CredentialOptions): Promise<TokenCredential> {
  const { DefaultAzureCredential } = await import('@azure/identity');
  return new DefaultAzureCredential({
    authorityHost: options.authority,
    ...(options.tenantId === undefined ? {} : { tenantId: options.tenantId }),
  });
}

/** Renewed this long before it ends, so that a request under way does not meet an expired token. */
const renewBeforeMs = 2 * 60_000;

/** Tokens from the twin's managed-identity endpoint, one per audience, kept until shortly before they end. */
export function twinCredential(twin: TwinAddress, agent: Agent): TokenCredential {
  const tokens = new Map<string, AccessToken>();
  const httpClient = createDefaultHttpClient();
  return {
    async getToken(scopes: string | string[], options?: GetTokenOptions): Promise<AccessToken> {
      const scope = typeof scopes === 'string' ? scopes : (scopes[0] ?? twin.endpoint);
      const audience = scope.replace(/\/\.default$/, '');
      const known = tokens.get(audience);
      if (known !== undefined && known.expiresOnTimestamp - renewBeforeMs > Date.now()) return known;
      const url = new URL(twin.identity.endpoint);
      url.searchParams.set('api-version', '2019-08-01');
      url.searchParams.set('resource', audience);
      assertLoopback(url.href);
      const request = createPipelineRequest({ url: url.href, method: 'GET', timeout: 10_000 });
      request.headers.set('x-identity-header', twin.identity.header);
      request.agent = agent;
      if (options?.abortSignal !== undefined) request.abortSignal = options.abortSignal;
      const response = await httpClient.sendRequest(request).catch((error: unknown) => {
        // A connection that had been idle was closed at that moment: this request goes through no retry policy.
        if (systemErrorCode(error) !== 'ECONNRESET') throw error;
        return httpClient.sendRequest(request);
      });
      const token = parseToken(response.bodyAsText ?? '');
      if (response.status !== 200 || token === undefined) {
        throw new AmlDeitError('AUTH_NO_CREDENTIAL', `the local twin gave no token for ${audience}`, {
          hint: 'aml-deit local status',
          details: { status: response.status },
        });
      }
      tokens.set(audience, token);
      return token;
    },
  };
}

function parseToken(text: string): AccessToken | undefined {
  try {
    const body = JSON.parse(text) as { access_token?: unknown; expires_on?: unknown };
    const expiresOn = Number(body.expires_on);
    if (typeof body.access_token !== 'string' || !Number.isFinite(expiresOn)) return undefined;
    return { token: body.access_token, expiresOnTimestamp: expiresOn * 1000 };
  } catch {
    return undefined;
  }
}
