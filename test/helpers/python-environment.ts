import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { repositoryRoot } from './run-cli.ts';

const run = promisify(execFile);

/**
 * The Python of an environment with these packages, made where git does not look: once, for all conformance tests and
 * for the next run as well. Needs `python3` with venv, and a package index that pip knows.
 */
export async function pythonEnvironment(requirements: readonly string[]): Promise<string> {
  const key = createHash('sha256').update(requirements.join('\n')).digest('hex').slice(0, 12);
  const folder = join(repositoryRoot, 'node_modules', '.cache', 'conformance', `python-${key}`);
  const python =
    process.platform === 'win32' ? join(folder, 'Scripts', 'python.exe') : join(folder, 'bin', 'python');
  const complete = join(folder, 'complete');
  if (existsSync(complete)) return python;
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  await run(process.platform === 'win32' ? 'python' : 'python3', ['-m', 'venv', folder]);
  const install = ['-m', 'pip', 'install', '--quiet', '--disable-pip-version-check'];
  // The pip that comes with an older Python (23.2 of 3.11) loses its way in the dependencies of these clients.
  await run(python, [...install, '--upgrade', 'pip']);
  await run(python, [...install, ...requirements]);
  writeFileSync(complete, requirements.join('\n'));
  return python;
}
