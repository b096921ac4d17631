import { existsSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { twinDirectory } from '../../io/index.ts';
import { stopTwin } from './stop-twin.ts';
import type { StopTwinOptions } from './stop-twin.ts';

/** Stops the twin and deletes everything that it kept: state, blobs, models, certificates, logs. */
export async function resetTwin(options: StopTwinOptions = {}): Promise<{ readonly directory: string }> {
  const env = options.env ?? process.env;
  await stopTwin({ env });
  const directory = twinDirectory(env);
  // Children of a twin that was killed may still be closing their files.
  if (existsSync(directory))
    await rm(directory, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 });
  return { directory };
}
