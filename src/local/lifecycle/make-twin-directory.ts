import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';

/** The twin's folder, made where it is not there yet. Throws TWIN_START_FAILED where it cannot be. */
export function makeTwinDirectory(directory: string): void {
  try {
    make(resolve(directory));
    accessSync(directory, constants.W_OK);
  } catch (error) {
    throw new AmlDeitError(
      'TWIN_START_FAILED',
      `the local twin cannot keep its state in ${directory}: ${errorMessage(error)}`,
      {
        hint: 'set AML_DEIT_HOME to a folder that can be made and written',
        details: { directory },
        cause: error,
      },
    );
  }
}

/** One level at a time: Node's recursive mkdir never returns where a file system refuses with "not found" (/proc). */
function make(directory: string): void {
  const found = statSync(directory, { throwIfNoEntry: false });
  if (found?.isDirectory() === true) return;
  if (found !== undefined) throw new Error(`${directory} is no folder`);
  const parent = dirname(directory);
  if (parent !== directory) make(parent);
  try {
    mkdirSync(directory, { mode: 0o700 });
  } catch (error) {
    // Another process was faster.
    if (systemErrorCode(error) !== 'EEXIST') throw error;
  }
}
