import { spawn } from 'node:child_process';
import { machineFreeEnvironment } from './run-cli.ts';

export interface Terminal {
  /** Waits until what is shown matches; rejects when the program ends before. */
  shows(pattern: RegExp): Promise<void>;
  type(text: string): void;
  screen(): string;
  /** Its exit code. */
  readonly ended: Promise<number | null>;
}

const quoted = (word: string): string => `'${word.replaceAll("'", String.raw`'\''`)}'`;

/** Runs a program at a terminal of its own, which util-linux's `script` makes. */
export function typeAtTerminal(words: readonly string[], env: NodeJS.ProcessEnv): Terminal {
  const child = spawn(
    'script',
    ['--quiet', '--return', '--command', words.map(quoted).join(' '), '/dev/null'],
    {
      env: { ...machineFreeEnvironment(), TERM: 'xterm', ...env },
      stdio: ['pipe', 'pipe', 'inherit'],
    },
  );
  let text = '';
  const waiting = new Set<() => void>();
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    text += chunk;
    for (const look of waiting) look();
  });
  const ended = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  return {
    shows: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!pattern.test(text)) return;
          waiting.delete(look);
          resolve();
        };
        waiting.add(look);
        look();
        void ended.then(() => reject(new Error(`it ended and did not show ${pattern}:\n${text}`)), reject);
      }),
    type: (typed) => void child.stdin.write(typed),
    screen: () => text,
    ended,
  };
}
