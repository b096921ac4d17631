import { appendFileSync, mkdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

function sizeOf(file: string): number {
  try {
    return statSync(file).size;
  } catch {
    return 0;
  }
}

function readOptional(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

/**
 * A log that never takes more than twice `maxBytes` of disk: when the file is full it becomes `FILE.1`, over the one
 * before. Written at once, so that it tells of the end of a process that was killed.
 */
export class BoundedLog {
  readonly file: string;
  readonly #maxBytes: number;
  #bytes: number;

  constructor(file: string, maxBytes = 512 * 1024) {
    this.file = file;
    this.#maxBytes = maxBytes;
    mkdirSync(dirname(file), { recursive: true });
    this.#bytes = sizeOf(file);
  }

  write(text: string): void {
    if (text === '') return;
    const bytes = Buffer.byteLength(text);
    if (this.#bytes > 0 && this.#bytes + bytes > this.#maxBytes) {
      renameSync(this.file, `${this.file}.1`);
      this.#bytes = 0;
    }
    // One write that is greater than the whole log: its end is what matters.
    const kept = bytes > this.#maxBytes ? text.slice(-this.#maxBytes) : text;
    appendFileSync(this.file, kept);
    this.#bytes += Buffer.byteLength(kept);
  }

  line(text: string): void {
    this.write(`${text}\n`);
  }
}

/** The last `count` lines of a bounded log, the older file first. */
export function tailOf(file: string, count: number): string[] {
  const lines = `${readOptional(`${file}.1`)}${readOptional(file)}`.split(/\r?\n/);
  if (lines.at(-1) === '') lines.pop();
  return lines.slice(-count);
}
