import { spawn } from 'node:child_process';
import { cliPath, machineFreeEnvironment, repositoryRoot } from './run-cli.ts';

/** One line of the log of `aml-deit serve`. */
export interface ServeLogLine {
  readonly event: string;
  readonly [member: string]: unknown;
}

export interface ServeOptions {
  /** Without it `AZUREML_MODEL_DIR` has to be in `env`. */
  readonly model?: string;
  readonly args?: readonly string[];
  readonly env?: NodeJS.ProcessEnv;
  /** Instead of the repository's own. */
  readonly cli?: string;
  /** Resolves at this event already; `ready` by default. */
  readonly until?: 'listening' | 'ready';
}

export interface ServeEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stderr: string;
}

/** The built `aml-deit serve` as a process of its own, on a free port. */
export interface ServeProcess {
  readonly url: string;
  readonly port: number;
  readonly pid: number;
  readonly log: readonly ServeLogLine[];
  readonly ended: Promise<ServeEnd>;
  /** The first such line after the first `skip` lines of the log; waits for it. Rejects when the process ends. */
  line(event: string, skip?: number, matches?: (line: ServeLogLine) => boolean): Promise<ServeLogLine>;
  /** Asks it to drain, as a supervisor does on every system, and waits for its end. */
  stop(): Promise<ServeEnd>;
  kill(signal: NodeJS.Signals): void;
}

export async function startServe(options: ServeOptions): Promise<ServeProcess> {
  const { model, args = [], env = {}, until = 'ready' } = options;
  const modelArgs = model === undefined ? [] : ['--model', model];
  const child = spawn(
    process.execPath,
    [options.cli ?? cliPath, 'serve', ...modelArgs, '--port', '0', ...args],
    {
      cwd: repositoryRoot,
      env: { ...machineFreeEnvironment(), ...env },
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    },
  );
  const log: ServeLogLine[] = [];
  let stderr = '';
  let rest = '';
  let hasEnded = false;
  const waiting = new Set<() => void>();
  const wake = (): void => {
    for (const resume of waiting) resume();
    waiting.clear();
  };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => {
    const lines = (rest + text).split('\n');
    rest = lines.pop() ?? '';
    log.push(...lines.map((line) => JSON.parse(line) as ServeLogLine));
    wake();
  });
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  const ended = new Promise<ServeEnd>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (exitCode, signal) => {
      hasEnded = true;
      wake();
      resolve({ exitCode, signal, stderr });
    });
  });

  const line: ServeProcess['line'] = async (event, skip = 0, matches = () => true) => {
    for (;;) {
      const found = log.slice(skip).find((candidate) => candidate.event === event && matches(candidate));
      if (found !== undefined) return found;
      if (hasEnded) throw new Error(`serve ended without "${event}":\n${JSON.stringify(log)}\n${stderr}`);
      await new Promise<void>((resume) => waiting.add(resume));
    }
  };
  const { port } = (await line('listening')) as unknown as { port: number };
  if (until === 'ready') await line('ready');
  return {
    url: `http://127.0.0.1:${port}`,
    port,
    pid: child.pid ?? 0,
    log,
    ended,
    line,
    async stop() {
      if (child.connected) child.send({ type: 'shutdown' });
      return ended;
    },
    kill: (signal) => child.kill(signal),
  };
}
