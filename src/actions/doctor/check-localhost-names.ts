import { lookup } from 'node:dns/promises';
import type { DoctorCheck } from './check.ts';
import { within } from './within.ts';

/** Any account's blob host at the twin; what counts is how the system treats the domain. */
const probedName = 'aml-deit-doctor.blob.core.localhost';
const timeoutMs = 3_000;

/** The system's own answer for a name, as programs that are not ours get it. */
export type ResolveName = (name: string) => Promise<string>;

const systemResolve: ResolveName = async (name) => (await lookup(name)).address;

/**
 * Whether the system resolves names below `localhost`. Plain glibc asks DNS for them, which fails. This package does
 * without; Microsoft's Python client reaches the twin's blobs under such a name.
 */
export async function checkLocalhostNames(
  signal: AbortSignal | undefined,
  resolveName: ResolveName = systemResolve,
): Promise<DoctorCheck> {
  const address = await within(timeoutMs, signal, () => resolveName(probedName)).catch(() => undefined);
  if (address !== undefined && (address === '::1' || address.startsWith('127.'))) {
    return {
      id: 'localhost-names',
      status: 'ok',
      summary: 'names below localhost resolve to this machine',
      details: { address },
    };
  }
  const hosts =
    process.platform === 'win32' ? String.raw`C:\Windows\System32\drivers\etc\hosts` : '/etc/hosts';
  return {
    id: 'localhost-names',
    status: 'warning',
    summary: `names below localhost do not resolve${address === undefined ? '' : ` to this machine, but to ${address}`}: Microsoft's own clients will not reach the local twin's blobs (aml-deit will)`,
    fix: `${process.platform === 'linux' ? 'apt-get install libnss-myhostname (or use systemd-resolved), or ' : ''}add the line "127.0.0.1 ACCOUNT.blob.core.localhost" to ${hosts}, with the account of the twin's datastores`,
    ...(address === undefined ? {} : { details: { address } }),
  };
}
