import { readTwinDescriptor, twinDirectory, twinPlace } from '../io/index.ts';
import type { TwinPlace } from '../io/index.ts';
import type { TwinReport } from '../local/index.ts';
import type { LocalOptions } from './local-down.ts';

export type LocalStatus =
  | { readonly state: 'running'; readonly twin: TwinPlace; readonly report: TwinReport }
  /** A process holds the twin's folder and does not answer. */
  | { readonly state: 'not-answering'; readonly pid?: number; readonly directory: string }
  | { readonly state: 'stopped'; readonly directory: string };

/** How the local twin is: its address, its deployments and their processes. Changes nothing. */
export async function localStatus(options: LocalOptions = {}): Promise<LocalStatus> {
  const env = options.env ?? process.env;
  const directory = twinDirectory(env);
  const { askTwin, isLocked, lockHolder } = await import('../local/index.ts');
  const twin = readTwinDescriptor(env);
  const report = twin === undefined ? undefined : await askTwin(twin);
  if (twin !== undefined && report !== undefined) return { state: 'running', twin: twinPlace(twin), report };
  if (!(await isLocked(directory))) return { state: 'stopped', directory };
  const holder = lockHolder(directory);
  return { state: 'not-answering', directory, ...(holder === undefined ? {} : { pid: holder.pid }) };
}
