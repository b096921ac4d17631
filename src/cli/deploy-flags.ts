import { integer, option, string } from '@oclif/core/flags';
import type { DeployOnlineOptions } from '../actions/online/deploy-options.ts';
import { parseAssignments } from './parse-assignments.ts';
import { connectOptions, targetFlags } from './target-flags.ts';
import type { ParsedTargetFlags } from './target-flags.ts';

/** What `deploy online` and `plan online` share: everything that says what is to be deployed. */
export const deployFlags = {
  ...targetFlags,
  model: string({
    description: 'model package directory, or a registered model azureml:NAME:VERSION',
    helpValue: 'DIR|REF',
  }),
  'model-name': string({ description: "name to register a package under; the package's own by default" }),
  endpoint: string({ description: 'name of the online endpoint; made if there is none' }),
  sku: string({ description: 'VM size, such as Standard_D4as_v4' }),
  image: string({ description: "scoring image; the local twin has aml-deit's own", helpValue: 'REF' }),
  instances: integer({ description: 'instance count', min: 1, max: 50 }),
  file: string({
    char: 'f',
    multiple: true,
    multipleNonGreedy: true,
    description: 'YAML of the endpoint or of the deployment; may be repeated; flags win',
    helpValue: 'FILE',
  }),
  serving: option({
    options: ['container', 'registry'] as const,
    description: "container: our scoring image; registry: the registry's MLflow model by reference, no image",
  })(),
  'auth-mode': option({
    options: ['key', 'aml_token', 'aad_token'] as const,
    description: 'how callers of the endpoint prove who they are',
  })(),
  'request-timeout-ms': integer({ description: 'how long one request may take', min: 1, max: 180_000 }),
  'max-concurrent': integer({ description: 'requests at a time per instance', min: 1 }),
  env: string({
    multiple: true,
    multipleNonGreedy: true,
    description: 'environment variable of the container; may be repeated',
    helpValue: 'NAME=VALUE',
  }),
  urls: string({
    description:
      'web addresses that the container fetches pictures from: off, public (its default), or only these hosts, private ones included',
    helpValue: 'off|public|HOST,…',
  }),
};

interface ParsedDeployFlags extends ParsedTargetFlags {
  readonly model: string | undefined;
  readonly 'model-name': string | undefined;
  readonly endpoint: string | undefined;
  readonly sku: string | undefined;
  readonly image: string | undefined;
  readonly instances: number | undefined;
  readonly file: string[] | undefined;
  readonly serving: 'container' | 'registry' | undefined;
  readonly 'auth-mode': 'key' | 'aml_token' | 'aad_token' | undefined;
  readonly 'request-timeout-ms': number | undefined;
  readonly 'max-concurrent': number | undefined;
  readonly env: string[] | undefined;
  readonly urls: string | undefined;
}

const authModes = { key: 'Key', aml_token: 'AMLToken', aad_token: 'AADToken' } as const;

export function deployOptions(flags: ParsedDeployFlags): DeployOnlineOptions {
  const authMode = flags['auth-mode'];
  const requestTimeoutMs = flags['request-timeout-ms'];
  const maxConcurrentRequestsPerInstance = flags['max-concurrent'];
  return {
    ...connectOptions(flags),
    ...(flags.model === undefined ? {} : { model: flags.model }),
    ...(flags['model-name'] === undefined ? {} : { modelName: flags['model-name'] }),
    ...(flags.endpoint === undefined ? {} : { endpoint: flags.endpoint }),
    // The action holds it against the card; the type is for code, where a wrong one does not compile.
    ...(flags.sku === undefined ? {} : { sku: flags.sku as NonNullable<DeployOnlineOptions['sku']> }),
    ...(flags.image === undefined ? {} : { image: flags.image }),
    ...(flags.instances === undefined ? {} : { instanceCount: flags.instances }),
    ...(flags.file === undefined ? {} : { files: flags.file }),
    ...(flags.serving === undefined ? {} : { serving: flags.serving }),
    ...(authMode === undefined ? {} : { authMode: authModes[authMode] }),
    requestSettings: {
      ...(requestTimeoutMs === undefined ? {} : { requestTimeoutMs }),
      ...(maxConcurrentRequestsPerInstance === undefined ? {} : { maxConcurrentRequestsPerInstance }),
    },
    ...(flags.env === undefined ? {} : { environmentVariables: parseAssignments(flags.env, 'NAME=VALUE') }),
    ...(flags.urls === undefined ? {} : { urls: flags.urls }),
  };
}
