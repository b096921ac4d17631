import type { AzureMl } from '../azure/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { readTwinDescriptor, silentHost } from '../io/index.ts';
import type { ActionContext } from '../io/index.ts';
import type { BlobFiles, Descriptor, ImageManifest, RegistryOptions } from '../oci/index.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';
import { registerImage } from './image/register-image.ts';
import type { RegisteredEnvironment } from './image/register-image.ts';

export type { RegisteredEnvironment } from './image/register-image.ts';

export interface PushImageOptions extends ConnectOptions, ActionContext {
  /** `REGISTRY/REPOSITORY:TAG`; without a registry it is the workspace's own, the twin's for the local target. */
  readonly reference: string;
  /** The OCI image layout that `buildImage` wrote. */
  readonly from: string;
  /** Registers the image as a version of this environment: `NAME` (the next version) or `NAME:VERSION`. */
  readonly asEnvironment?: string;
  /** Repositories of the same registry to take layers from, besides that of the base. */
  readonly mountFrom?: readonly string[];
  /** Bytes of one request; 8 MiB by default. */
  readonly chunkBytes?: number;
  /** The registry speaks HTTP. One of this machine that has no TLS is found out without it. */
  readonly plainHttp?: boolean;
}

export interface PushedLayer {
  readonly digest: string;
  readonly size: number;
  /** `existing`: it was there; `mounted`: taken over from another repository; `uploaded`. */
  readonly how: 'existing' | 'mounted' | 'uploaded';
  readonly sentBytes: number;
}

export interface PushImageResult {
  /** With its registry and tag. */
  readonly reference: string;
  readonly digest: string;
  readonly blobs: readonly PushedLayer[];
  readonly sentBytes: number;
  /** The tag named this image already, and no byte of a layer was sent. */
  readonly unchanged: boolean;
  readonly environment?: RegisteredEnvironment;
}

/**
 * Sends an OCI image layout to a registry by the distribution protocol: what is there is not sent, what broke off goes on,
 * layers of the base are taken over within the registry.
 * @throws IMAGE_REFERENCE_INVALID, IMAGE_OPTIONS_INVALID, FILE_NOT_FOUND, OCI_IMAGE_INVALID, the REGISTRY codes,
 * AUTH_NO_CREDENTIAL, what {@link connect} throws, INTERRUPTED.
 */
export async function pushImage(options: PushImageOptions): Promise<PushImageResult> {
  const oci = await import('../oci/index.ts');
  const host = options.host ?? silentHost;
  const named = oci.parseImageReference(options.reference);
  const { tag } = named;
  if (tag === undefined || named.digest !== undefined)
    throw new AmlDeitError('IMAGE_OPTIONS_INVALID', `"${options.reference}" has no tag to push to`, {
      hint: 'REGISTRY/REPOSITORY:TAG',
    });
  const layout = new oci.ImageLayout(options.from);
  const { manifests } = await layout.readIndex();
  const [root] = manifests;
  if (root === undefined || manifests.length > 1)
    throw new AmlDeitError(
      'IMAGE_OPTIONS_INVALID',
      `${options.from} holds ${manifests.length} images, expected one (or one index of several platforms)`,
    );

  const isTwins = named.registry !== undefined && isRunningTwin(named.registry, options.env);
  const needsWorkspace = named.registry === undefined || isTwins || options.asEnvironment !== undefined;
  const aml = needsWorkspace ? await connect(isTwins ? { ...options, target: 'local' } : options) : undefined;
  try {
    const registry = named.registry ?? (await workspaceRegistry(aml, options));
    const reference = { registry, repository: named.repository, tag };
    const client = new oci.RegistryClient(registry, await registryOptions(registry, aml, options));
    try {
      const pushed = await oci.pushImage(root, {
        client,
        repository: reference.repository,
        tag,
        blobs: layout.blobs,
        sessions: await oci.UploadSessions.open(options.from),
        mountFrom: [...(options.mountFrom ?? []), ...(await baseRepository(root, layout.blobs, registry))],
        ...(options.chunkBytes === undefined ? {} : { chunkBytes: options.chunkBytes }),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onBytes: (blob, sent) => host.progress(layerProgress(blob, 'running', 'sending', sent)),
        onBlob: (blob, { how }) =>
          host.progress(
            layerProgress(
              blob,
              how === 'existing' ? 'skipped' : 'done',
              how === 'uploaded' ? 'sent' : how,
              blob.size,
            ),
          ),
      });
      const text = oci.formatImageReference(reference);
      const sentBytes = pushed.blobs.reduce((sum, blob) => sum + blob.sentBytes, 0);
      const result = {
        reference: text,
        digest: pushed.digest,
        blobs: pushed.blobs,
        sentBytes,
        unchanged: pushed.unchanged && sentBytes === 0,
      };
      if (options.asEnvironment === undefined || aml === undefined) return result;
      const image = { image: text, digest: pushed.digest };
      return { ...result, environment: await registerImage(aml, options.asEnvironment, image, options) };
    } finally {
      client.close();
    }
  } finally {
    aml?.close();
  }
}

function layerProgress(
  blob: Descriptor,
  state: 'running' | 'done' | 'skipped',
  word: string,
  current: number,
): { id: string; text: string; state: typeof state; current: number; total: number; unit: 'bytes' } {
  const id = blob.digest.slice('sha256:'.length, 19);
  return { id: `push-${id}`, text: `${id}: ${word}`, state, current, total: blob.size, unit: 'bytes' };
}

function isRunningTwin(registry: string, env: NodeJS.ProcessEnv | undefined): boolean {
  const twin = readTwinDescriptor(env);
  return twin !== undefined && [`127.0.0.1:${twin.port}`, `localhost:${twin.port}`].includes(registry);
}

async function workspaceRegistry(aml: AzureMl | undefined, options: PushImageOptions): Promise<string> {
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const registry = await aml?.containerRegistry.loginServer(call);
  if (registry !== undefined) return registry;
  throw new AmlDeitError(
    'IMAGE_OPTIONS_INVALID',
    `"${options.reference}" names no registry, and ${aml?.description ?? 'the workspace'} has none of its own yet`,
    { hint: 'REGISTRY/REPOSITORY:TAG, such as team.azurecr.io/aml-deit/scorer:1' },
  );
}

async function registryOptions(
  registry: string,
  aml: AzureMl | undefined,
  options: PushImageOptions,
): Promise<RegistryOptions> {
  const { registryCloud, registryEntraToken } = await import('../azure/container-registry.ts');
  const trusted = aml?.containerRegistry.trusted;
  const cloud = registryCloud(registry);
  const entraToken =
    aml !== undefined && trusted !== undefined && isSameTwin(registry, trusted.host)
      ? () => aml.containerRegistry.entraToken()
      : cloud === undefined
        ? undefined
        : () =>
            registryEntraToken({
              cloud,
              ...(options.credential === undefined ? {} : { credential: options.credential }),
              ...(options.env === undefined ? {} : { env: options.env }),
            });
  return {
    ...(options.env === undefined ? {} : { env: options.env }),
    ...(options.plainHttp === undefined ? {} : { plainHttp: options.plainHttp }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(trusted === undefined ? {} : { trusted: { host: registry, ca: trusted.ca } }),
    ...(entraToken === undefined ? {} : { entraToken }),
  };
}

/** `localhost` and `127.0.0.1` of one port are one. */
function isSameTwin(registry: string, host: string): boolean {
  return registry.replace(/^localhost:/, '127.0.0.1:') === host;
}

/** The base's repository, where the base came from the registry that is pushed to. */
async function baseRepository(root: Descriptor, blobs: BlobFiles, registry: string): Promise<string[]> {
  const { parseImageReference } = await import('../oci/index.ts');
  const { annotations } = await blobs.readJson<Pick<ImageManifest, 'annotations'>>(root);
  const name = annotations?.['org.opencontainers.image.base.name'];
  if (name === undefined) return [];
  const base = parseImageReference(name);
  return base.registry === registry ? [base.repository] : [];
}
