import { AmlDeitError } from '../errors/index.ts';
import type { ActionContext, PeerName } from '../io/index.ts';
import type { ConnectOptions } from './connect.ts';
import type { DoctorCheck } from './doctor/check.ts';
import { checkNode, checkPeer } from './doctor/check-installation.ts';
import { checkLocalhostNames } from './doctor/check-localhost-names.ts';
import { checkWorkspace, skippedChecks } from './doctor/check-workspace.ts';
import { findConnectionTarget } from './doctor/find-connection-target.ts';

export interface DoctorOptions extends ConnectOptions, ActionContext {
  /** A VM size that is to be deployed online: its quota is checked. */
  readonly sku?: string;
  /** How many of it; 1 when left out. */
  readonly instances?: number;
  /** How long each question to the network may take, ms. Default 15,000. */
  readonly timeoutMs?: number;
}

export interface DoctorResult {
  /** False when a check failed; warnings do not count. */
  readonly ok: boolean;
  /** In the order in which they were made, every one of them. */
  readonly checks: readonly DoctorCheck[];
}

const defaultTimeoutMs = 15_000;
const peers = ['onnxruntime-node', 'sharp', 'azurite'] as const satisfies readonly PeerName[];

/**
 * Looks whether this machine and the target are ready: Node, optional packages, names below localhost, credential,
 * workspace, rights and quota. Changes nothing, starts no twin, and ends in bounded time without a network. What is
 * wrong is the result, not an error: look at `ok`. Throws USAGE and INTERRUPTED.
 */
export async function runDoctor(options: DoctorOptions = {}): Promise<DoctorResult> {
  const { sku, instances = 1, timeoutMs = defaultTimeoutMs, signal } = options;
  if (!Number.isSafeInteger(instances) || instances < 1)
    throw new AmlDeitError('USAGE', `instances is ${instances}: expected a whole number, at least 1`);
  const found = await findConnectionTarget(options);
  const checks: DoctorCheck[] = [
    checkNode(),
    ...peers.map((peer) => checkPeer(peer, found.isLocal)),
    await checkLocalhostNames(signal),
    found.check,
  ];
  if (found.connection === undefined) {
    checks.push(
      ...skippedChecks(
        found.check.status === 'ok' ? 'the local twin does not run: aml-deit local up' : 'there is no target',
      ),
    );
  } else {
    const workspace = checkWorkspace({
      connection: found.connection,
      session: {
        ...(options.credential === undefined ? {} : { credential: options.credential }),
        ...(options.env === undefined ? {} : { env: options.env }),
      },
      timeoutMs,
      ...(signal === undefined ? {} : { signal }),
      ...(sku === undefined ? {} : { quota: { sku, instances } }),
    });
    for await (const check of workspace) checks.push(check);
  }
  return { ok: checks.every(({ status }) => status !== 'failed'), checks };
}
