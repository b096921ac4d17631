import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import { throwIfAborted } from '../../io/index.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** A file of a model at a commit. */
export interface HubFile {
  readonly name: string;
  readonly bytes: number;
  /** SHA-256 of the content for large files (`lfs`), else the SHA-1 that Git gives it. */
  readonly hash: string;
}

export interface HubClient {
  /** The commit that a branch, tag or commit is. */
  resolve(repository: string, revision: string): Promise<string>;
  /** The files at the top of a model's folder. */
  list(repository: string, commit: string): Promise<readonly HubFile[]>;
  /** A file's bytes from `begin` on. */
  read(repository: string, commit: string, file: HubFile, begin: number): Promise<ReadableStream<Uint8Array>>;
}

const defaultEndpoint = 'https://huggingface.co';

/**
 * The hub at `HF_ENDPOINT`, with `HF_TOKEN` where there is one, through the hub's library. Its parallel protocol for
 * large files is left out: it cannot be resumed.
 *
 * Methods throw AUTH_DENIED, HUB_NOT_FOUND, HUB_UNREACHABLE, INTERRUPTED.
 */
export async function connectHub(env: Environment, signal?: AbortSignal): Promise<HubClient> {
  const { downloadFile, listFiles, modelInfo } = await import('@huggingface/hub');
  const hubUrl = endpointOf(env);
  const accessToken = env['HF_TOKEN'] || undefined;
  if (accessToken !== undefined && !accessToken.startsWith('hf_')) {
    throw new AmlDeitError('AUTH_NO_CREDENTIAL', 'HF_TOKEN is no token of the hub: those begin with "hf_"');
  }
  const common = {
    hubUrl,
    ...(accessToken === undefined ? {} : { accessToken }),
    fetch: (async (input, init) =>
      fetch(input, signal === undefined ? init : { ...init, signal })) satisfies typeof fetch,
  };
  const asking = async <T>(what: string, ask: () => Promise<T>): Promise<T> => {
    try {
      return await ask();
    } catch (error) {
      throwIfAborted(signal);
      throw hubError(what, hubUrl, error, accessToken !== undefined);
    }
  };
  return {
    resolve: (repository, revision) =>
      asking(`${repository}@${revision}`, async () => {
        const { sha } = await modelInfo({ ...common, name: repository, revision, additionalFields: ['sha'] });
        return sha;
      }),
    list: (repository, commit) =>
      asking(`${repository}@${commit}`, async () => {
        const files: HubFile[] = [];
        for await (const entry of listFiles({ ...common, repo: repository, revision: commit })) {
          const { type, path, size, oid, lfs } = entry;
          const hash = lfs?.oid ?? oid ?? '';
          if (type === 'file' && isHash(hash)) files.push({ name: path, bytes: lfs?.size ?? size, hash });
        }
        return files;
      }),
    read: (repository, commit, file, begin) =>
      asking(`${repository}/${file.name}`, async () => {
        const options = { ...common, repo: repository, revision: commit, path: file.name, xet: false };
        const blob = await downloadFile(options);
        if (blob === null) throw new AmlDeitError('HUB_NOT_FOUND', `${repository} has no file ${file.name}`);
        return (begin === 0 ? blob : blob.slice(begin)).stream() as ReadableStream<Uint8Array>;
      }),
  };
}

/** A token goes over TLS, or to this machine. */
function endpointOf(env: Environment): string {
  const endpoint = env['HF_ENDPOINT'] || defaultEndpoint;
  const url = URL.canParse(endpoint) ? new URL(endpoint) : undefined;
  const local = url !== undefined && ['127.0.0.1', '[::1]', 'localhost'].includes(url.hostname);
  if (url?.protocol !== 'https:' && !(url?.protocol === 'http:' && local)) {
    throw new AmlDeitError(
      'USAGE',
      `HF_ENDPOINT is ${JSON.stringify(endpoint)}, expected an https:// address`,
    );
  }
  return endpoint.replace(/\/+$/, '');
}

/** The hash becomes a file's name in the cache. */
function isHash(hash: string): boolean {
  return /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(hash);
}

function hubError(what: string, endpoint: string, error: unknown, withToken: boolean): AmlDeitError {
  if (error instanceof AmlDeitError) return error;
  const status =
    typeof error === 'object' && error !== null && 'statusCode' in error ? error.statusCode : undefined;
  const options = { cause: error, details: { status } };
  if (status === 401 || status === 403) {
    const hint = withToken
      ? "the token may not read it: accept the model's terms on the hub, or use another token"
      : 'the hub answers so for a model that is private or gated, and for one that does not exist: set HF_TOKEN';
    return new AmlDeitError('AUTH_DENIED', `${endpoint} refused ${what} (${status})`, { ...options, hint });
  }
  if (status === 404) return new AmlDeitError('HUB_NOT_FOUND', `${endpoint} has no ${what}`, options);
  const problem = typeof status === 'number' ? `answered ${status}` : `cannot be reached: ${reasonOf(error)}`;
  return new AmlDeitError('HUB_UNREACHABLE', `${endpoint} ${problem} (${what})`, {
    ...options,
    hint: 'check the network, HTTPS_PROXY and HF_ENDPOINT; with HF_HUB_OFFLINE=1 only the cache is used',
  });
}

/** fetch says "fetch failed", and its cause why. */
function reasonOf(error: unknown): string {
  return error instanceof Error && error.cause !== undefined
    ? errorMessage(error.cause)
    : errorMessage(error);
}
