import { createHash } from 'node:crypto';
import type { AzureMl } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { scoringImageName, silentHost } from '../../io/index.ts';
import type { FolderContent } from '../../io/index.ts';
import { assetName, nameFault, revisionSpecification } from '../../rollout/index.ts';
import type {
  DesiredDeployment,
  DesiredEnvironment,
  DesiredModel,
  DesiredOnline,
} from '../../rollout/index.ts';
import { readProjectFile } from '../../io/project-file.ts';
import type { ModelManifest } from '../../vision/model-package.ts';
import { parseUrlPolicy, urlPolicyVariable } from '../../web/url-policy.ts';
import { readPackage } from '../models/read-package.ts';
import { isAssetReference, resolveAssetReference } from './asset-reference.ts';
import { checkDeploySku } from './check-deploy-sku.ts';
import type { DeployOnlineOptions } from './deploy-options.ts';
import { readOnlineDocuments } from './read-documents.ts';
import type { OnlineDocuments } from './read-documents.ts';
import { readSmokeImages } from './smoke-test.ts';
import {
  cardModelId,
  containerDefaults,
  containerRoutes,
  registryDefaults,
  serviceDefaults,
} from './serving-defaults.ts';

/** Everything that can be known without a workspace: the files are read, names and size are good. */
export interface CheckedOptions {
  readonly options: DeployOnlineOptions;
  readonly documents: OnlineDocuments;
  readonly endpointName: string;
  readonly sku: string;
}

/** Checks what needs no workspace; nothing has been sent anywhere when this throws. */
export async function checkDeployOptions(options: DeployOnlineOptions): Promise<CheckedOptions> {
  const documents = await readOnlineDocuments(options);
  const { endpoint, deployment } = documents;
  const project = readProjectFile(options.cwd ?? process.cwd());
  const endpointName =
    options.endpoint ?? endpoint?.name ?? deployment?.endpointName ?? project?.onlineEndpoint;
  if (endpointName === undefined) {
    throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', 'no endpoint is named', {
      hint: 'say --endpoint NAME, give its YAML by --file, or put online_endpoint into aml-deit.yml',
    });
  }
  checkName('endpoint', endpointName);
  if (deployment?.name !== undefined) checkName('deployment', deployment.name);
  const size = options.sku ?? deployment?.instanceType;
  if (size === undefined) {
    throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', 'no VM size is named', {
      hint: 'say --sku SIZE, such as Standard_D4as_v4',
    });
  }
  const { sku } = await checkDeploySku(size, options.asOf ?? new Date(), options.host ?? silentHost);
  checkNumbers(options);
  checkModelName(options.modelName);
  checkUrls(options);
  if (options.serving === 'registry' && options.image !== undefined) {
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `serving from the registry takes no image, not "${options.image}": the platform brings the model's own`,
      { hint: 'leave --image out, or say --serving container' },
    );
  }
  await readSmokeImages(options.smokeImages);
  // The project's package is for who names none: neither by a flag, nor by a file, nor by the way of serving.
  const namesModel = options.model !== undefined || documents.model !== undefined;
  const isDefault = !namesModel && options.serving !== 'registry' && project?.model !== undefined;
  return {
    options: isDefault ? { ...options, model: project.model } : options,
    documents,
    endpointName,
    sku,
  };
}

function checkName(what: string, name: string): void {
  const fault = nameFault(name);
  if (fault === undefined) return;
  throw new AmlDeitError('NAME_INVALID', `the ${what} name "${name}" ${fault}`, {
    hint: '3 to 32 letters, digits and single dashes; begins with a letter, ends with a letter or digit',
  });
}

/** A name that was said is taken as it is or refused; only names that we make are made to fit. */
function checkModelName(name: string | undefined): void {
  if (name === undefined || assetName(name) === name) return;
  throw new AmlDeitError('NAME_INVALID', `the model name "${name}" is none that Azure ML takes`, {
    hint: `1 to 255 letters, digits, dashes and underscores, beginning with a letter or digit: ${assetName(name)}`,
  });
}

/** A policy that the container would not start with is refused before anything is made. */
function checkUrls({ urls, serving, environmentVariables }: DeployOnlineOptions): void {
  if (urls === undefined) return;
  parseUrlPolicy(urls);
  if (serving === 'registry') {
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      "the registry's model fetches any web address: --urls is for our scoring image",
    );
  }
  if (environmentVariables?.[urlPolicyVariable] !== undefined) {
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `--urls and --env ${urlPolicyVariable} say the same thing: leave one out`,
    );
  }
}

function checkNumbers(options: DeployOnlineOptions): void {
  const { requestTimeoutMs, maxConcurrentRequestsPerInstance } = options.requestSettings ?? {};
  const limits: readonly (readonly [string, number | undefined, number])[] = [
    ['the instance count', options.instanceCount, 50],
    ['the request timeout (ms)', requestTimeoutMs, 180_000],
    ['the number of concurrent requests', maxConcurrentRequestsPerInstance, Number.MAX_SAFE_INTEGER],
  ];
  for (const [what, value, max] of limits) {
    if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= max)) continue;
    const range = max === Number.MAX_SAFE_INTEGER ? 'at least 1' : `from 1 to ${max}`;
    throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', `${what} is ${value}, expected a whole number ${range}`);
  }
}

/** The desired state, and what is needed to make it that a plan does not look at. */
export interface DesiredRead {
  readonly desired: DesiredOnline;
  readonly documents: OnlineDocuments;
  /** Of a package: what is uploaded. */
  readonly package?: { readonly content: FolderContent; readonly manifest: ModelManifest };
}

/** Reads the package, resolves references, fills in the defaults. */
export async function readDesiredOnline(aml: AzureMl, checked: CheckedOptions): Promise<DesiredRead> {
  const { options, documents } = checked;
  const { endpoint, deployment: file } = documents;
  const source = await readModel(aml, checked);
  const isRegistryModel =
    source.model.kind === 'reference' && source.model.id.startsWith('azureml://registries/');
  const environment = await readEnvironment(aml, checked, isRegistryModel);
  const ours = isRegistryModel && environment.kind === 'none' ? registryDefaults : containerDefaults;
  // A YAML means what the service makes of it, so that the same file gives the same deployment by any client.
  const defaults = file === undefined ? ours : serviceDefaults;
  const deployment: DesiredDeployment = {
    ...(file?.name === undefined ? {} : { baseName: file.name }),
    model: source.model,
    environment,
    instanceType: checked.sku,
    instanceCount: options.instanceCount ?? file?.instanceCount ?? 1,
    requestSettings: { ...defaults.requestSettings, ...file?.requestSettings, ...options.requestSettings },
    livenessProbe: { ...defaults.livenessProbe, ...file?.livenessProbe, ...options.livenessProbe },
    readinessProbe: { ...defaults.readinessProbe, ...file?.readinessProbe, ...options.readinessProbe },
    environmentVariables: {
      ...file?.environmentVariables,
      ...options.environmentVariables,
      ...(options.urls === undefined ? {} : { [urlPolicyVariable]: options.urls }),
    },
    appInsightsEnabled: file?.appInsightsEnabled ?? false,
    ...(file?.modelMountPath === undefined ? {} : { modelMountPath: file.modelMountPath }),
    ...(file?.egressPublicNetworkAccess === undefined
      ? {}
      : { egressPublicNetworkAccess: file.egressPublicNetworkAccess }),
    ...describe(options.description ?? file?.description),
    tags: { ...file?.tags, ...options.tags },
  };
  if ('AZUREML_MODEL_DIR' in deployment.environmentVariables) {
    options.host?.message({
      code: 'reserved-variable',
      level: 'warning',
      text: 'AZUREML_MODEL_DIR is set by the service: what the container sees may be another value',
    });
  }
  const authMode = options.authMode ?? endpoint?.authMode;
  return {
    desired: {
      endpoint: {
        name: checked.endpointName,
        tags: endpoint?.tags ?? {},
        ...(authMode === undefined ? {} : { authMode }),
        ...describe(endpoint?.description),
        ...(endpoint?.publicNetworkAccess === undefined
          ? {}
          : { publicNetworkAccess: endpoint.publicNetworkAccess }),
      },
      deployment,
      specHash: createHash('sha256').update(revisionSpecification(deployment)).digest('hex'),
    },
    documents,
    ...(source.package === undefined ? {} : { package: source.package }),
  };
}

const describe = (description: string | undefined): { readonly description?: string } =>
  description === undefined ? {} : { description };

interface ModelSource {
  readonly model: DesiredModel;
  readonly package?: NonNullable<DesiredRead['package']>;
}

/** Where a model comes from: `options` win over `documents`. */
export interface ModelOptions {
  readonly options: Pick<DeployOnlineOptions, 'signal' | 'model' | 'serving' | 'host' | 'modelName'>;
  readonly documents: Pick<OnlineDocuments, 'model'>;
}

/** The desired model: a package is read and hashed, a reference resolved. */
export async function readModel(aml: AzureMl, checked: ModelOptions): Promise<ModelSource> {
  const { options, documents } = checked;
  const call = options.signal === undefined ? {} : { signal: options.signal };
  const given = options.model ?? documents.model?.reference;
  if (options.serving === 'registry') {
    const id = given ?? cardModelId;
    if (!id.startsWith('azureml://registries/')) {
      throw new AmlDeitError(
        'DEPLOY_OPTIONS_INVALID',
        `serving from the registry takes a model of a registry, not "${id}"`,
        {
          hint: `leave --model out for ${cardModelId}`,
        },
      );
    }
    return { model: { kind: 'reference', id: await resolveAssetReference(aml, 'models', id, call) } };
  }
  const directory = options.model === undefined ? documents.model?.directory : options.model;
  if (given !== undefined && isAssetReference(given)) {
    return { model: { kind: 'reference', id: await resolveAssetReference(aml, 'models', given, call) } };
  }
  if (directory === undefined) {
    throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', 'no model is named', {
      hint: 'say --model DIR for a model package, --model azureml:NAME:VERSION, or --serving registry',
    });
  }
  const { content, manifest, altered } = await readPackage(directory, options);
  for (const file of altered) {
    options.host?.message({
      code: 'package-altered',
      level: 'warning',
      text: `${file} is not what the package's manifest recorded: it was changed after the export`,
    });
  }
  const name = options.modelName ?? documents.model?.name ?? manifest.name;
  return {
    model: { kind: 'package', name: assetName(name), contentHash: content.contentHash },
    package: { content, manifest },
  };
}

async function readEnvironment(
  aml: AzureMl,
  checked: CheckedOptions,
  isRegistryModel: boolean,
): Promise<DesiredEnvironment> {
  const { options, documents } = checked;
  const inline = documents.deployment?.environment;
  if (typeof inline === 'string' && options.image === undefined) {
    const call = options.signal === undefined ? {} : { signal: options.signal };
    return { kind: 'reference', id: await resolveAssetReference(aml, 'environments', inline, call) };
  }
  const image = options.image ?? (typeof inline === 'object' ? inline.image : undefined);
  if (image === undefined && (options.serving === 'registry' || isRegistryModel)) return { kind: 'none' };
  const reference = image ?? defaultImage(aml);
  const routes = typeof inline === 'object' ? inline.inferenceConfig : containerRoutes;
  const name = typeof inline === 'object' ? inline.name : undefined;
  return { kind: 'image', name: name ?? environmentName(reference), image: reference, routes };
}

/** Only the twin knows our image by name; a workspace pulls from a registry that somebody pushed it to. */
export function defaultImage(aml: AzureMl): string {
  if (aml.kind === 'local') return scoringImageName();
  throw new AmlDeitError(
    'IMAGE_NOT_GIVEN',
    `a deployment to ${aml.description} needs a scoring image in a registry`,
    {
      hint: `push ${scoringImageName()} to a registry that the workspace can pull from and say --image REGISTRY.azurecr.io/${scoringImageName()}`,
    },
  );
}

/** One environment for an image's repository; its versions are the tags: `acr.io/team/scorer:2` is `aml-deit-scorer`. */
export function environmentName(image: string): string {
  const repository =
    image
      .replace(/@.*$/, '')
      .replace(/:[^/:]*$/, '')
      .split('/')
      .at(-1) ?? 'scorer';
  return assetName(repository.startsWith('aml-deit') ? repository : `aml-deit-${repository}`);
}
