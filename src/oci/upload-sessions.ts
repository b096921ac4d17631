import { readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Where half-done uploads go on, written down beside the image: an upload that was interrupted, by whatever, continues
 * in the next run. Losing this file costs time and nothing else.
 */
export class UploadSessions {
  readonly #file: string;
  readonly #known = new Map<string, string>();
  #writing: Promise<void> = Promise.resolve();

  private constructor(file: string) {
    this.#file = file;
  }

  static async open(directory: string): Promise<UploadSessions> {
    const sessions = new UploadSessions(join(directory, '.uploads.json'));
    const text = await readFile(sessions.#file, 'utf8').catch(() => '{}');
    try {
      for (const [key, url] of Object.entries(JSON.parse(text) as Record<string, unknown>))
        if (typeof url === 'string' && URL.canParse(url)) sessions.#known.set(key, url);
    } catch {
      // A file that was cut off says nothing.
    }
    return sessions;
  }

  get(key: string): URL | undefined {
    const url = this.#known.get(key);
    return url === undefined ? undefined : new URL(url);
  }

  /** Remembers or, with undefined, forgets. A folder that cannot be written is no reason to fail. */
  set(key: string, url: URL | undefined): Promise<void> {
    if (url === undefined) this.#known.delete(key);
    else this.#known.set(key, url.href);
    this.#writing = this.#writing.then(() => this.#save()).catch(() => undefined);
    return this.#writing;
  }

  async #save(): Promise<void> {
    if (this.#known.size === 0) {
      await rm(this.#file, { force: true });
      return;
    }
    const text = JSON.stringify(Object.fromEntries(this.#known), null, 2);
    await writeFile(`${this.#file}.tmp`, text, { mode: 0o600 });
    await rename(`${this.#file}.tmp`, this.#file);
  }
}
