import type { TwinAddress } from '../io/index.ts';
import { twinCredential } from './credential.ts';
import { twinAgent } from './loopback-agent.ts';

const pingTimeoutMs = 3_000;

/** Whether the twin that a descriptor speaks of is there: it has to give a token over its own certificate. */
export async function pingTwin(twin: TwinAddress): Promise<boolean> {
  try {
    const agent = twinAgent(twin.caFile);
    try {
      const abortSignal = AbortSignal.timeout(pingTimeoutMs);
      await twinCredential(twin, agent).getToken(`${twin.endpoint}/.default`, { abortSignal });
      return true;
    } finally {
      agent.destroy();
    }
  } catch {
    return false;
  }
}
