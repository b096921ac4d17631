import type { Agent } from 'node:https';
import type {
  ContainerClient,
  StoragePipelineOptions,
  StorageSharedKeyCredential,
} from '@azure/storage-blob';
import type { TokenCredential } from '@azure/core-auth';
import { AmlDeitError } from '../errors/index.ts';
import { throwIfAborted } from '../io/index.ts';
import type { ArmSession } from './arm-session.ts';
import { azureError } from './azure-error.ts';
import type { AzureBlobDatastoreProperties, DatastoreSecrets } from './wire/assets.ts';

export interface BlobAccess {
  readonly session: ArmSession;
  /** For storage that takes no keys. */
  readonly credential: TokenCredential;
  readonly storageSuffix: string;
  readonly agent?: Agent;
}

export interface Datastore {
  readonly name: string;
  readonly properties: AzureBlobDatastoreProperties;
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
 * A datastore's container, and the ways into it, best first: what `listSecrets` gives (SAS or account key), then the
 * caller's own token, for identity-based datastores, for callers who may not list secrets, and for accounts that refuse
 * keys. A secret that expires while it is in use is asked for again.
 */
export class BlobContainer {
  readonly #access: BlobAccess;
  readonly #store: Datastore;
  #way: Promise<Way> | undefined;
  #firstRefusal: unknown;

  constructor(access: BlobAccess, store: Datastore) {
    this.#access = access;
    this.#store = store;
  }

  get datastoreName(): string {
    return this.#store.name;
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
        if (way.kind === 'token' || refusals > maxRefusals) throw this.#firstRefusal;
        // Others may have been refused at the same time: only the first of them opens the next way.
        if (this.#way === pending) this.#way = way.proven ? this.#open(signal) : this.#openByToken();
      }
    }
  }

  async #open(signal: AbortSignal | undefined): Promise<Way> {
    const secrets = await listSecrets(this.#access.session, this.#store, signal);
    if (secrets === undefined) return await this.#openByToken();
    if (secrets.secretsType === 'Sas') {
      const address = `${this.#url}?${secrets.sasToken.replace(/^\?/, '')}`;
      return { kind: 'secret', client: await this.#connect(address), proven: false };
    }
    const { StorageSharedKeyCredential } = await import('@azure/storage-blob');
    const credential = new StorageSharedKeyCredential(this.#store.properties.accountName, secrets.key);
    return { kind: 'secret', client: await this.#connect(this.#url, credential), proven: false };
  }

  async #openByToken(): Promise<Way> {
    const client = await this.#connect(this.#url, this.#access.credential);
    return { kind: 'token', client, proven: false };
  }

  get #url(): string {
    const { accountName, containerName } = this.#store.properties;
    return `https://${accountName}.blob.${this.#access.storageSuffix}/${containerName}`;
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

async function listSecrets(
  session: ArmSession,
  store: Datastore,
  signal: AbortSignal | undefined,
): Promise<DatastoreSecrets | undefined> {
  if (store.properties.credentials.credentialsType === 'None') return undefined;
  try {
    const secrets = await session.call(
      `POST datastores/${store.name}/listSecrets`,
      () =>
        session.client.datastores.listSecrets(
          session.resourceGroup,
          session.workspaceName,
          store.name,
          signal === undefined ? {} : { abortSignal: signal },
        ),
      signal,
    );
    if (secrets.secretsType === 'Sas' && 'sasToken' in secrets && secrets.sasToken !== undefined) {
      return { secretsType: 'Sas', sasToken: secrets.sasToken };
    }
    if (secrets.secretsType === 'AccountKey' && 'key' in secrets && secrets.key !== undefined) {
      return { secretsType: 'AccountKey', key: secrets.key };
    }
    return undefined;
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'AUTH_DENIED') return undefined;
    throw error;
  }
}
