import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';

/** Where a twin is and who it is: what a client needs. */
export interface TwinAddress {
  /** ARM and everything else: `https://127.0.0.1:PORT`, no trailing slash. */
  readonly endpoint: string;
  /** PEM file of the twin's own certificate authority. */
  readonly caFile: string;
  readonly subscriptionId: string;
  readonly resourceGroup: string;
  readonly workspaceName: string;
  readonly tenantId: string;
  /** Managed-identity endpoint: `GET {endpoint}?api-version=2019-08-01&resource=AUDIENCE` with header `X-IDENTITY-HEADER`. */
  readonly identity: { readonly endpoint: string; readonly header: string };
  /** Blobs are at `https://ACCOUNT.blob.{storageSuffix}`: `core.localhost:PORT`. */
  readonly storageSuffix: string;
}

/** How clients of this machine reach the local twin: written by the twin when it is ready, removed when it ends. */
export interface TwinDescriptor extends TwinAddress {
  readonly schemaVersion: 1;
  readonly pid: number;
  readonly version: string;
  readonly port: number;
}

/** A descriptor without the secret that trades for tokens: what may be shown and logged. */
export interface TwinPlace extends Omit<TwinDescriptor, 'identity'> {
  readonly identity: { readonly endpoint: string };
}

export function twinPlace(twin: TwinDescriptor): TwinPlace {
  return { ...twin, identity: { endpoint: twin.identity.endpoint } };
}

/** Where aml-deit keeps what belongs to this user: `AML_DEIT_HOME`, by default `~/.aml-deit`. */
export function amlDeitHome(env: NodeJS.ProcessEnv = process.env): string {
  const configured = env['AML_DEIT_HOME'];
  return configured === undefined || configured === '' ? join(homedir(), '.aml-deit') : configured;
}

export function twinDirectory(env: NodeJS.ProcessEnv = process.env): string {
  return join(amlDeitHome(env), 'local');
}

export function twinDescriptorFile(env: NodeJS.ProcessEnv = process.env): string {
  return join(twinDirectory(env), 'twin.json');
}

/** The descriptor of a twin that was started here; undefined when there is none. Says nothing of its health. */
export function readTwinDescriptor(env: NodeJS.ProcessEnv = process.env): TwinDescriptor | undefined {
  try {
    const parsed = JSON.parse(readFileSync(twinDescriptorFile(env), 'utf8')) as TwinDescriptor;
    return parsed.schemaVersion === 1 ? parsed : undefined;
  } catch {
    return undefined;
  }
}
