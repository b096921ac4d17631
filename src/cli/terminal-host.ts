import { inertInCi, printableLine, printableLines } from '../io/index.ts';
import type { Host, HostMessage, HostProgress, HostQuestion } from '../io/index.ts';
import { redact } from '../errors/index.ts';
import { cutToWidth } from './display-width.ts';

const marks = { running: '·', done: '✓', failed: '✗', skipped: '–' } as const;

function formatAmount(progress: HostProgress): string {
  if (progress.current === undefined) return '';
  const show = (value: number): string =>
    progress.unit === 'bytes' ? `${(value / 1e6).toFixed(1)} MB` : String(value);
  return progress.total === undefined
    ? ` ${show(progress.current)}`
    : ` ${show(progress.current)}/${show(progress.total)}`;
}

/** One line for a piece of progress: mark, text, amount. */
export function formatProgress(progress: HostProgress): string {
  return inertInCi(
    `${marks[progress.state]} ${printableLine(redact(progress.text))}${formatAmount(progress)}`,
  );
}

/**
 * The host of a person at a terminal or of a CI log. Everything goes to stderr. On a terminal running work is one
 * line that is rewritten; without one a line is written when a piece of work starts, ends, or says something new.
 */
export function terminalHost(stream: NodeJS.WriteStream = process.stderr): Host {
  return stream.isTTY ? interactiveHost(stream) : plainHost(stream);
}

function plainHost(stream: NodeJS.WritableStream): Host {
  const lastText = new Map<string, string>();
  return {
    message: (message) => writeMessage(stream, message),
    progress(progress) {
      // Amounts change many times a second: only a new text or state is worth a line in a log.
      const key = `${progress.state} ${progress.text}`;
      if (lastText.get(progress.id) === key) return;
      lastText.set(progress.id, key);
      stream.write(`${formatProgress(progress)}\n`);
    },
    confirm: (question) => Promise.resolve(question.defaultAnswer),
  };
}

/** Some terminals say 0, which is no width. */
function columnsOf(stream: NodeJS.WriteStream): number {
  return stream.columns > 0 ? Math.max(11, stream.columns) : 80;
}

function interactiveHost(stream: NodeJS.WriteStream): Host {
  const running = new Map<string, HostProgress>();
  let shownRows = 0;
  const erase = (): void => {
    if (shownRows === 0) return;
    stream.moveCursor(0, -shownRows);
    stream.cursorTo(0);
    stream.clearScreenDown();
    shownRows = 0;
  };
  const draw = (): void => {
    for (const progress of running.values()) {
      // One row each: a wrapped line would make the cursor arithmetic wrong.
      stream.write(`${cutToWidth(formatProgress(progress), columnsOf(stream) - 1)}\n`);
      shownRows += 1;
    }
  };
  let lastDraw = 0;
  return {
    message(message) {
      erase();
      writeMessage(stream, message);
      draw();
    },
    progress(progress) {
      if (progress.state === 'running') {
        const known = running.get(progress.id);
        running.set(progress.id, progress);
        const now = performance.now();
        if (known?.text === progress.text && now - lastDraw < 80) return;
        lastDraw = now;
        erase();
      } else {
        running.delete(progress.id);
        erase();
        stream.write(`${formatProgress(progress)}\n`);
      }
      draw();
    },
    async confirm(question: HostQuestion) {
      if (!process.stdin.isTTY) return question.defaultAnswer;
      erase();
      const { createInterface } = await import('node:readline/promises');
      const prompt = createInterface({ input: process.stdin, output: stream });
      try {
        const answer = await prompt.question(`${question.text} [${question.defaultAnswer ? 'Y/n' : 'y/N'}] `);
        return answer.trim() === '' ? question.defaultAnswer : /^y(es)?$/i.test(answer.trim());
      } finally {
        prompt.close();
        draw();
      }
    },
  };
}

function writeMessage(stream: NodeJS.WritableStream, message: HostMessage): void {
  if (message.level === 'debug' && process.env['AML_DEIT_DEBUG'] === undefined) return;
  stream.write(printableLines(`${message.level === 'warning' ? 'warning: ' : ''}${redact(message.text)}\n`));
}
