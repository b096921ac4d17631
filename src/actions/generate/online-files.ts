import { existsSync } from 'node:fs';
import { card } from '../../card/index.ts';
import { scoringImageName, scoringRoutes, silentHost } from '../../io/index.ts';
import { checkEndpointName, checkText, checkWhole, optionsInvalid } from './check-values.ts';
import { chooseSize } from './choose-size.ts';
import type { GenerateOptions, Serving } from './generate-options.ts';
import type { RenderedFile } from './publish-files.ts';
import { assetReference, isUri, pathInDocument } from './references.ts';
import { renderFile } from './render-file.ts';

export interface GenerateOnlineOptions extends GenerateOptions {
  /** `container` by default. */
  readonly serving?: Serving;
  /** `deit-endpoint` by default. */
  readonly endpoint?: string;
  /** `blue` by default. */
  readonly deployment?: string;
  /**
   * For `container` the folder of a model package, or a registered one (`azureml:NAME:VERSION`); for `registry` an
   * MLflow model, the card's by default.
   */
  readonly model?: string;
  /** The scoring image; the twin's by default. */
  readonly image?: string;
  /** A registered environment in the place of image and routes. */
  readonly environment?: string;
  readonly sku?: string;
  readonly instanceCount?: number;
  readonly authMode?: 'key' | 'aml_token' | 'aad_token';
}

/** The model package that `generate model` describes by default. */
export const defaultModel = { name: 'deit-base-patch16-224', version: '1' } as const;

const schemaOf = { endpoint: 'managedOnlineEndpoint', deployment: 'managedOnlineDeployment' } as const;

/** `online-endpoint.yml` and `online-deployment.yml`. */
export async function onlineFiles(options: GenerateOnlineOptions): Promise<RenderedFile[]> {
  const {
    serving = 'container',
    endpoint = 'deit-endpoint',
    deployment = 'blue',
    authMode = 'key',
  } = options;
  const instances = options.instanceCount ?? 1;
  checkEndpointName('endpoint', endpoint);
  checkEndpointName('deployment', deployment);
  checkWhole('the instance count', instances, 1, 50);
  if (!['key', 'aml_token', 'aad_token'].includes(authMode)) {
    throw optionsInvalid(`the authentication mode is "${authMode}", expected key, aml_token or aad_token`);
  }
  const { size, facts } = await chooseSize(
    options.sku,
    'inference',
    options,
    // Our scoring image has no CUDA; what an MLflow model makes of a GPU is its own affair.
    serving === 'container' ? 'cpu' : undefined,
  );
  const isKey = authMode === 'key';
  const common = { deployment, endpoint, sku: size.name, sku_facts: facts, instances };
  return Promise.all([
    renderFile(
      {
        template: 'online/endpoint.yml',
        name: 'online-endpoint.yml',
        schema: schemaOf.endpoint,
        values: { endpoint, auth_mode: authMode, card_model: card.name },
        conditions: { key: isKey, token: !isKey },
      },
      options,
    ),
    serving === 'registry' ? registryDeployment(options, common) : containerDeployment(options, common),
  ]);
}

type Values = Readonly<Record<string, string | number | boolean>>;

async function containerDeployment(options: GenerateOnlineOptions, common: Values): Promise<RenderedFile> {
  const { environment, image } = options;
  if (environment !== undefined && image !== undefined) {
    throw optionsInvalid('both an environment and an image are given, expected one of them');
  }
  const { text: model, isFolder } = packageModel(options.model, options);
  const imageName = scoringImage(image);
  return renderFile(
    {
      template: 'online/deployment-container.yml',
      name: 'online-deployment.yml',
      schema: schemaOf.deployment,
      values: {
        ...common,
        model,
        image: imageName,
        environment: environment === undefined ? '' : assetReference('environments', environment),
        ...routeValues,
      },
      conditions: { folder: isFolder, reference: environment !== undefined },
    },
    options,
  );
}

async function registryDeployment(options: GenerateOnlineOptions, common: Values): Promise<RenderedFile> {
  for (const [what, value] of [
    ['an environment', options.environment],
    ['an image', options.image],
  ] as const) {
    if (value === undefined) continue;
    throw optionsInvalid(`${what} is given, but the registry's MLflow model brings its own`, 'leave it out');
  }
  const model = registryModel(options.model);
  return renderFile(
    {
      template: 'online/deployment-registry.yml',
      name: 'online-deployment.yml',
      schema: schemaOf.deployment,
      values: { ...common, model },
      conditions: { card_model: model === card.id },
    },
    options,
  );
}

/** Where our scoring image answers, for templates. */
export const routeValues = {
  port: scoringRoutes.port,
  liveness_path: scoringRoutes.liveness,
  readiness_path: scoringRoutes.readiness,
  scoring_path: scoringRoutes.scoring,
} as const;

export function scoringImage(image: string | undefined): string {
  if (image !== undefined) checkText('the image', image);
  return image ?? scoringImageName();
}

/** The model package that a container serves: its folder as the document calls it, or its reference. */
export function packageModel(
  model: string | undefined,
  options: GenerateOptions,
): { readonly text: string; readonly isFolder: boolean } {
  const given = model ?? `azureml:${defaultModel.name}:${defaultModel.version}`;
  if (given.startsWith(`azureml://registries/${card.registry}/`)) {
    throw optionsInvalid(
      `${given} is an MLflow model, which the scoring image does not serve`,
      'use serving "registry", or a model package made by aml-deit model export',
    );
  }
  if (given.startsWith('azureml:') || given.startsWith('/subscriptions/')) {
    return { text: assetReference('models', given), isFolder: false };
  }
  if (isUri(given)) {
    throw optionsInvalid(
      `the model ${given} is neither a folder nor registered`,
      'register it: azureml:NAME:VERSION',
    );
  }
  const text = pathInDocument(given, options);
  if (!existsSync(given)) {
    (options.host ?? silentHost).message({
      level: 'warning',
      code: 'path-missing',
      text: `there is no ${given}: the deployment needs it when it is made`,
    });
  }
  return { text, isFolder: true };
}

/** An MLflow model by reference: the card's by default. */
export function registryModel(model: string | undefined): string {
  return model === undefined ? card.id : assetReference('models', model);
}
