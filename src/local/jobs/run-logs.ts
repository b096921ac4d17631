import { appendFileSync, existsSync, mkdirSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BlobStore } from '../storage/blob-store.ts';
import { artifactFolder } from './run-record.ts';

/** How often a log that grows is uploaded when nobody asks for it. */
const uploadEveryMs = 2000;
const artifactContainer = 'azureml';

/** The logs of one run: files here while it runs, copied to the artifact store as they grow. */
export class RunLogs {
  readonly #runId: string;
  readonly #directory: string;
  readonly #blobs: BlobStore;
  readonly #uploaded = new Map<string, number>();
  readonly #names = new Set<string>();
  readonly #timer: NodeJS.Timeout;
  #flushing: Promise<void> = Promise.resolve();

  constructor(runId: string, directory: string, blobs: BlobStore) {
    this.#runId = runId;
    this.#directory = directory;
    this.#blobs = blobs;
    this.#timer = setInterval(() => {
      this.flush().catch(() => undefined);
    }, uploadEveryMs);
    this.#timer.unref();
  }

  get names(): readonly string[] {
    return [...this.#names];
  }

  /** The file of a log, which belongs to the run from now on. */
  file(name: string): string {
    const file = join(this.#directory, ...name.split('/'));
    mkdirSync(dirname(file), { recursive: true });
    this.#names.add(name);
    return file;
  }

  line(name: string, text: string): void {
    appendFileSync(this.file(name), `${text}\n`);
  }

  /** Uploads what has grown. Calls follow each other, so that an older copy never replaces a newer one. */
  flush(): Promise<void> {
    const next = this.#flushing.then(() => this.#uploadGrown());
    this.#flushing = next.catch(() => undefined);
    return next;
  }

  async #uploadGrown(): Promise<void> {
    for (const name of this.#names) {
      const file = join(this.#directory, ...name.split('/'));
      if (!existsSync(file)) continue;
      const { size } = statSync(file);
      if (this.#uploaded.get(name) === size) continue;
      await this.#blobs.uploadFile(artifactContainer, `${artifactFolder(this.#runId)}/${name}`, file, size);
      this.#uploaded.set(name, size);
    }
  }

  /** The last copy. */
  async end(): Promise<void> {
    clearInterval(this.#timer);
    await this.flush();
  }

  abandon(): void {
    clearInterval(this.#timer);
  }
}
