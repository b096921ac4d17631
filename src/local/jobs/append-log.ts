import { appendFileSync } from 'node:fs';

/**
 * A log that only ever grows, because clients print it by counting its lines, and is bounded all the same: what comes
 * after `maxBytes` is held back, and its last `tailBytes` are written at the end, where the cause of a failure is.
 */
export class AppendLog {
  readonly #file: string;
  readonly #maxBytes: number;
  readonly #tailBytes: number;
  #bytes = 0;
  #held = Buffer.alloc(0);
  #dropped = 0;

  constructor(file: string, maxBytes = 8 * 1024 * 1024, tailBytes = 64 * 1024) {
    this.#file = file;
    this.#maxBytes = maxBytes;
    this.#tailBytes = tailBytes;
  }

  write(chunk: Buffer | string): void {
    const data = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    const room = Math.max(0, this.#maxBytes - this.#bytes);
    if (room > 0) {
      appendFileSync(this.#file, data.subarray(0, room));
      this.#bytes += Math.min(room, data.length);
    }
    if (data.length <= room) return;
    const rest = Buffer.concat([this.#held, data.subarray(room)]);
    this.#dropped += Math.max(0, rest.length - this.#tailBytes);
    this.#held = Buffer.from(rest.subarray(-this.#tailBytes));
  }

  end(): void {
    if (this.#held.length === 0) return;
    appendFileSync(this.#file, `\n[local twin] ${this.#dropped} bytes were left out here\n`);
    appendFileSync(this.#file, this.#held);
    this.#held = Buffer.alloc(0);
  }
}
