import { randomBytes } from 'node:crypto';
import { copyFile, mkdir, readFile, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { systemErrorCode } from '../../errors/index.ts';
import type { HubFile } from './hub-client.ts';
import { hashBegin } from './hub-file-hash.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** Where the hub's own libraries keep what they download; the same files serve both. */
export function hubCacheDirectory(env: Environment): string {
  const home = env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache');
  const hub = join(env['HF_HOME'] ?? join(home, 'huggingface'), 'hub');
  return env['HF_HUB_CACHE'] ?? env['HUGGINGFACE_HUB_CACHE'] ?? hub;
}

/**
 * One model in the cache, laid out as the hub's libraries do: `blobs/` by hash, `snapshots/COMMIT/` with links to them,
 * `refs/` with the commits of branches and tags.
 */
export class HubCache {
  readonly #root: string;

  constructor(directory: string, repository: string) {
    this.#root = join(directory, `models--${repository.replace('/', '--')}`);
  }

  blob(hash: string): string {
    return join(this.#root, 'blobs', hash);
  }

  snapshot(commit: string): string {
    return join(this.#root, 'snapshots', commit);
  }

  /** The commit that a branch or tag was when it was last asked for. */
  async commitOf(revision: string): Promise<string | undefined> {
    const text = await readFile(join(this.#root, 'refs', revision), 'utf8').catch(() => undefined);
    return text !== undefined && /^[0-9a-f]{40}\s*$/.test(text) ? text.trim() : undefined;
  }

  async rememberCommit(revision: string, commit: string): Promise<void> {
    const file = join(this.#root, 'refs', revision);
    await mkdir(dirname(file), { recursive: true });
    // Whole at once: another process may read it at this moment.
    const unfinished = `${file}.${randomBytes(4).toString('hex')}`;
    await writeFile(unfinished, commit);
    await rename(unfinished, file);
  }

  /** Whether the blob is there and whole; one that is damaged is taken away. */
  async has(file: HubFile, signal?: AbortSignal): Promise<boolean> {
    const blob = this.blob(file.hash);
    const found = await stat(blob).catch(() => undefined);
    if (found?.isFile() !== true) return false;
    const hash = await hashBegin(file, blob, found.size, signal);
    if (found.size === file.bytes && hash.digest('hex') === file.hash) return true;
    await rm(blob, { force: true });
    return false;
  }

  /** Puts a blob into a snapshot under its name: a link, or a copy where the system has no links. */
  async place(commit: string, name: string, hash: string): Promise<void> {
    const file = join(this.snapshot(commit), name);
    await mkdir(dirname(file), { recursive: true });
    const temporary = `${file}.${process.pid}.tmp`;
    await rm(temporary, { force: true });
    try {
      await symlink(relative(dirname(file), this.blob(hash)), temporary);
    } catch (error) {
      if (!['EPERM', 'ENOSYS', 'EOPNOTSUPP'].includes(systemErrorCode(error) ?? '')) throw error;
      await copyFile(this.blob(hash), temporary);
    }
    await rename(temporary, file);
  }
}
