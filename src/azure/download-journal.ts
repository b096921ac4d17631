import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { createInterface } from 'node:readline';

/**
 * Which blocks of which files have arrived, in a file beside them: one line a block, written after the block's bytes.
 * A line is of one version of a blob, so that a blob that changed meanwhile begins again.
 */
export class DownloadJournal {
  readonly #file: FileHandle;
  readonly #arrived: Set<string>;

  private constructor(file: FileHandle, arrived: Set<string>) {
    this.#file = file;
    this.#arrived = arrived;
  }

  static async open(path: string): Promise<DownloadJournal> {
    const arrived = new Set<string>();
    const file = await open(path, 'a+', 0o600);
    try {
      // A line that was cut off when the process ended is no whole key, and stands for nothing.
      for await (const line of createInterface({ input: createReadStream(path) })) arrived.add(line);
      if (arrived.size > 0) await file.appendFile('\n');
    } catch (error) {
      await file.close();
      throw error;
    }
    return new DownloadJournal(file, arrived);
  }

  has(blob: string, etag: string, offset: number): boolean {
    return this.#arrived.has(keyOf(blob, etag, offset));
  }

  async add(blob: string, etag: string, offset: number): Promise<void> {
    const key = keyOf(blob, etag, offset);
    this.#arrived.add(key);
    await this.#file.appendFile(`${key}\n`);
  }

  async close(): Promise<void> {
    await this.#file.close();
  }
}

const keyOf = (blob: string, etag: string, offset: number): string => JSON.stringify([blob, etag, offset]);
