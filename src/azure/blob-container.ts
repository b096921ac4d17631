import type { Agent } from 'node:https';
import type {
  ContainerClient,
  StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { TokenCredential } from '@azure/core-auth';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import { azureError } from './azure-error.ts';

export interface BlobAccess {
  /** For storage that takes no keys. */
  readonly credential: TokenCredential;
  readonly agent?: Agent;
}

/** A container's address, and who is let in there: a signature in the address, or a key. */
export interface SignedContainer {
  readonly address: string;
  readonly key?: StorageSharedKeyCredential;
}

/** Where a container is, and who may hand out what opens it. */
export interface ContainerSource {
  /** For messages: `datastore NAME`. */
  readonly description: string;
  /** Asked for at first, and again when one ends; undefined where there is none for the caller. */
  readonly sign: (signal?: AbortSignal) => Promise<SignedContainer | undefined>;
  /** Where the caller's own token is tried; undefined where it must not go. */
  readonly address?: string;
}

interface Way {
  readonly kind: 'secret' | 'token';
  readonly client: ContainerClient;
  /** Something was done this way already: a refusal later means that it ended, not that it never was one. */
  proven: boolean;
}

/** Refusals that one piece of work survives: a secret that expired, a new one that is refused, no keys at all. */
const maxRefusals = 3;

/**
 * A container, and the ways into it, best first: what the service hands out (SAS or account key), then the caller's own
 * token, for identity-based datastores, for callers who may not list secrets, and for accounts that refuse keys. A
 * secret that expires while it is in use is asked for again.
 */
export class BlobContainer {
  readonly #access: BlobAccess;
  readonly #source: ContainerSource;
  #way: Promise<Way> | undefined;
  #firstRefusal: unknown;

  constructor(access: BlobAccess, source: ContainerSource) {
    this.#access = access;
    this.#source = source;
  }

  get description(): string {
    return this.#source.description;
  }

  /**
   * Runs one piece of work, which must be fit to be run again, with a client that is let in. `what` names it in errors.
   * Throws AUTH_DENIED with the service's first refusal when no way is left, and what any call may throw.
   */
  async use<T>(
    what: string,
    run: (container: ContainerClient) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> {
    for (let refusals = 0; ;) {
      throwIfAborted(signal);
      const pending = (this.#way ??= this.#open(signal));
      const way = await pending.catch((error: unknown) => {
        if (this.#way === pending) this.#way = undefined;
        throw error;
      });
      try {
        const result = await run(way.client);
        way.proven = true;
        return result;
      } catch (error) {
        const wrapped = azureError(error, what, signal);
        if (!(wrapped instanceof AmlDeitError) || wrapped.code !== 'AUTH_DENIED') throw wrapped;
        refusals += 1;
        this.#firstRefusal ??= wrapped;
        const canAskAgain = way.proven || this.#source.address !== undefined;
        if (way.kind === 'token' || !canAskAgain || refusals > maxRefusals) throw this.#firstRefusal;
        // Others may have been refused at the same time: only the first of them opens the next way.
        if (this.#way === pending) this.#way = way.proven ? this.#open(signal) : this.#openByToken();
      }
    }
  }

  async #open(signal: AbortSignal | undefined): Promise<Way> {
    const signed = await this.#source.sign(signal);
    if (signed === undefined) return await this.#openByToken();
    return { kind: 'secret', client: await this.#connect(signed.address, signed.key), proven: false };
  }

  async #openByToken(): Promise<Way> {
    const { address, description } = this.#source;
    if (address === undefined) {
      throw new AmlDeitError('AUTH_DENIED', `the service hands out nothing that opens ${description}`);
    }
    return { kind: 'token', client: await this.#connect(address, this.#access.credential), proven: false };
  }

  async #connect(
    address: string,
    credential?: TokenCredential | StorageSharedKeyCredential,
  ): Promise<ContainerClient> {
    const { ContainerClient, newPipeline } = await import('@azure/storage-blob');
    const { agent } = this.#access;
    // `agent` reaches the pipeline below as it does in every other Azure client; only the type leaves it out.
    const options: StoragePipelineOptions & { agent?: Agent } = {
      retryOptions: { maxTries: 4, maxRetryDelayInMs: 10_000 },
      ...(agent === undefined ? {} : { agent }),
    };
    return new ContainerClient(address, newPipeline(credential, options));
  }
}
