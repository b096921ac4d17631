import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export const repositoryRoot = fileURLToPath(new URL('../../', import.meta.url));
export const cliPath = fileURLToPath(new URL('../../bin/run.js', import.meta.url));

export interface CliResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface CliOptions {
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
  readonly cli?: string;
  readonly signal?: AbortSignal;
  /** No file may be written that is larger: what the process meets then is what a full disk does to it. */
  readonly maxFileKibibytes?: number;
}

/** This process's environment without Azure's settings of the machine and vitest's own. */
export function machineFreeEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(AZURE|AML|VITEST|NODE_ENV|NODE_OPTIONS)/.test(name)),
  );
}

/** Runs the built CLI as a process, with no terminal and no Azure settings of the machine. */
export function runCli(args: readonly string[], options: CliOptions = {}): Promise<CliResult> {
  const env = machineFreeEnvironment();
  const program = [process.execPath, options.cli ?? cliPath, ...args];
  const { maxFileKibibytes: limit } = options;
  const [command = '', ...rest] =
    limit === undefined
      ? program
      : ['sh', '-c', 'ulimit -f "$1"; shift; exec "$@"', 'sh', String(limit * 2), ...program];
  return new Promise((resolve, reject) => {
    const child = spawn(command, rest, {
      cwd: options.cwd ?? repositoryRoot,
      env: { ...env, NO_COLOR: '1', ...options.env },
      stdio: ['ignore', 'pipe', 'pipe'],
      signal: options.signal,
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (chunk: string) => (stdout += chunk));
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => (stderr += chunk));
    child.on('error', reject);
    child.on('close', (exitCode) => resolve({ exitCode, stdout, stderr }));
  });
}
