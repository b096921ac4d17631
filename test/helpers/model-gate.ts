import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { preload } from './preload.ts';

/** What a server is started with whose model is loaded when a test says so. */
export interface ModelGate {
  readonly env: NodeJS.ProcessEnv;
  /** Lets the process of the model begin, and every later one. */
  open(): void;
  /** Holds those that start from now on. */
  close(): void;
  remove(): void;
}

/** Closed at first. */
export function modelGate(): ModelGate {
  const folder = mkdtempSync(join(tmpdir(), 'aml-deit-gate-'));
  const file = join(folder, 'open');
  return {
    env: { ...preload('wait-with-model'), MODEL_GATE: file },
    open: () => writeFileSync(file, ''),
    close: () => rmSync(file, { force: true }),
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}
