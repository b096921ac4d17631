import { AmlDeitError } from '../errors/index.ts';
import { describeRequest, readJson } from './arm-session.ts';
import type { ArmRequest, ArmSession } from './arm-session.ts';
import { responseError } from './azure-error.ts';
import type { CallOptions, RegistryModelVersion } from './azure-ml.ts';
import { BlobContainer } from './blob-container.ts';
import type { BlobAccess, SignedContainer } from './blob-container.ts';
import type { OpenPlace } from './open-place.ts';
import { formatRegistryModel } from './registry-address.ts';
import type { RegistryModelAddress } from './registry-address.ts';
import type { ModelVersionResource } from './wire/assets.ts';
import type { ArmPage } from './wire/resource.ts';
import type { BlobReference, RegistryDiscovery } from './wire/registry.ts';

/** The only version of the registries' data plane that Microsoft's clients speak. */
const apiVersion = '2021-10-01-dataplanepreview';

export interface RegistryModelsOptions {
  readonly session: ArmSession;
  readonly access: BlobAccess;
  /** Of the service that knows all registries: `https://eastus.api.azureml.ms`. */
  readonly discovery: (signal?: AbortSignal) => Promise<string>;
  /** Throws where an address may not be asked: the twin's must be of this machine. */
  readonly checkUrl?: (url: string) => void;
}

export interface RegistryModels {
  get(address: RegistryModelAddress, call?: CallOptions): Promise<RegistryModelVersion>;
  /** Its files, by the signature that the registry hands out for them. */
  open(address: RegistryModelAddress, call?: CallOptions): Promise<OpenPlace>;
}

/** Where a registry answers, and under which path. */
interface Registry {
  readonly home: string;
  readonly path: string;
}

/**
 * Models of registries (`azureml`, or one of an organisation), which are outside of ARM: a discovery service names the
 * registry's own, and that one hands out signed addresses of the files.
 */
export function registryModels(options: RegistryModelsOptions): RegistryModels {
  const { session } = options;

  const ask = async (request: ArmRequest): Promise<unknown> => {
    options.checkUrl?.(request.url ?? '');
    const response = await session.send(request);
    if (response.status === 404) return undefined;
    if (response.status !== 200) throw responseError(response, describeRequest(request));
    return readJson(response, describeRequest(request));
  };

  const discover = async (name: string, signal: AbortSignal | undefined): Promise<Registry> => {
    const home = await options.discovery(signal);
    const description = `GET registry ${name}`;
    const found = (await ask({
      method: 'GET',
      url: `${home}/registrymanagement/v1.0/registries/${encodeURIComponent(name)}/discovery?api-version=v1.0`,
      home,
      description,
      signal,
    })) as RegistryDiscovery | undefined;
    if (found === undefined) throw new AmlDeitError('ASSET_NOT_FOUND', `there is no registry "${name}"`);
    const { subscriptionId, resourceGroup, primaryRegionResourceProviderUri: uri } = found;
    const isWhole = [subscriptionId, resourceGroup, uri].every((text) => typeof text === 'string');
    if (!isWhole || !isHttps(uri)) {
      throw new AmlDeitError('AZURE_REQUEST_FAILED', `${description} does not say where it answers`);
    }
    return {
      home: uri.replace(/\/+$/, ''),
      path: `/mferp/managementfrontend/subscriptions/${encodeURIComponent(subscriptionId)}/resourceGroups/${encodeURIComponent(resourceGroup)}/providers/Microsoft.MachineLearningServices/registries/${encodeURIComponent(name)}`,
    };
  };

  const find = async (
    registry: Registry,
    { registry: registryName, name, version }: RegistryModelAddress,
    signal: AbortSignal | undefined,
  ): Promise<RegistryModelVersion> => {
    const path = `${registry.home}${registry.path}/models/${encodeURIComponent(name)}/versions`;
    const query = `api-version=${apiVersion}`;
    const request = { method: 'GET', home: registry.home, signal } as const;
    const what = `models/${name}/versions/${version ?? 'latest'} of registry ${registryName}`;
    const description = `GET ${what}`;
    const url =
      version === undefined
        ? `${path}?$orderBy=${encodeURIComponent('createdtime desc')}&$top=1&${query}`
        : `${path}/${encodeURIComponent(version)}?${query}`;
    const body = await ask({ ...request, url, description });
    const found =
      version === undefined
        ? (body as ArmPage<ModelVersionResource> | undefined)?.value[0]
        : (body as ModelVersionResource | undefined);
    if (found === undefined) throw new AmlDeitError('ASSET_NOT_FOUND', `there is no ${what}`);
    const { modelUri } = found.properties;
    if (typeof modelUri !== 'string' || !isHttps(modelUri)) {
      throw new AmlDeitError('AZURE_REQUEST_FAILED', `${description} does not say where its files are`);
    }
    return {
      uri: formatRegistryModel(registryName, name, found.name),
      name,
      version: found.name,
      filesUri: modelUri,
    };
  };

  return {
    get: async (address, call) =>
      await find(await discover(address.registry, call?.signal), address, call?.signal),

    async open(address, call) {
      const registry = await discover(address.registry, call?.signal);
      const { name, version, uri, filesUri } = await find(registry, address, call?.signal);
      const sign = async (signal?: AbortSignal): Promise<SignedContainer | undefined> => {
        const answer = (await ask({
          method: 'POST',
          url: `${registry.home}${registry.path}/datarefs/${encodeURIComponent(name)}/versions/${encodeURIComponent(version)}?api-version=${apiVersion}`,
          home: registry.home,
          body: { assetId: uri, blobUri: filesUri },
          description: `POST datarefs of ${uri}`,
          signal,
        })) as BlobReference | undefined;
        const signed = answer?.blobReferenceForConsumption?.credential?.sasUri;
        if (typeof signed !== 'string' || !isHttps(signed)) return undefined;
        options.checkUrl?.(signed);
        return { address: signed };
      };
      // The caller's own token goes to no account that is not of the workspace.
      const container = new BlobContainer(options.access, {
        description: `registry ${address.registry}`,
        sign,
      });
      return { container, path: pathInContainer(filesUri) };
    },
  };
}

const isHttps = (url: string): boolean => URL.canParse(url) && new URL(url).protocol === 'https:';

/** `https://ACCOUNT.blob…/CONTAINER/PATH` → `PATH` */
function pathInContainer(uri: string): string {
  const [, , ...path] = new URL(uri).pathname.split('/');
  try {
    return decodeURIComponent(path.join('/'));
  } catch {
    return path.join('/');
  }
}
