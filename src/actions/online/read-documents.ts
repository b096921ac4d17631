import { readFile } from 'node:fs/promises';
import type {
  Diagnostic,
  OnlineDeploymentDocument,
  OnlineEndpointDocument,
  ProbeSettings,
  YamlNode,
} from '../../documents/index.ts';
import { AmlDeitError, errorMessage, systemErrorCode } from '../../errors/index.ts';
import type { DesiredProbe } from '../../rollout/index.ts';
import type { DeployOnlineOptions } from './deploy-options.ts';

type DeploymentDocument = Omit<OnlineDeploymentDocument, 'livenessProbe' | 'readinessProbe'> & {
  readonly livenessProbe: DesiredProbe;
  readonly readinessProbe: DesiredProbe;
};

export interface OnlineDocuments {
  readonly endpoint?: OnlineEndpointDocument;
  readonly deployment?: DeploymentDocument;
  /** The deployment's model: a reference, or a folder with the name that it is to be registered under. */
  readonly model?: { readonly reference?: string; readonly directory?: string; readonly name?: string };
}

/** Keys that only a deployment has. */
const deploymentKeys = ['instance_type', 'endpoint_name', 'model', 'environment', 'instance_count'];

/** What a deploy supplies itself: the scoring image of the package is no lack of the file. */
const suppliedHere = new Set(['environment-missing']);

/** Reads the files of `--file`; DOCUMENT_INVALID with every problem of every file when one has an error. */
export async function readOnlineDocuments(options: DeployOnlineOptions): Promise<OnlineDocuments> {
  const files = options.files ?? [];
  if (files.length === 0) return {};
  const {
    detectKind,
    entryOf,
    parseOnlineDeployment,
    parseOnlineEndpoint,
    parseYaml,
    renderDiagnostic,
    renderDiagnostics,
  } = await import('../../documents/index.ts');
  const kindOf = (root: YamlNode): 'endpoint' | 'deployment' => {
    const detected = root.kind === 'mapping' ? detectKind(root, '') : undefined;
    if (detected?.is === 'kind' && detected.definition.kind === 'managedOnlineEndpoint') return 'endpoint';
    if (detected?.is === 'kind' && detected.definition.kind === 'managedOnlineDeployment')
      return 'deployment';
    return deploymentKeys.some((key) => entryOf(root, key) !== undefined) ? 'deployment' : 'endpoint';
  };
  let endpoint: OnlineEndpointDocument | undefined;
  let deployment: OnlineDeploymentDocument | undefined;
  const rendered: { readonly file: string; readonly text: string }[] = [];
  const diagnostics: Diagnostic[] = [];
  const seen = new Set<string>();
  for (const file of files) {
    const text = await readText(file);
    const { roots, diagnostics: unreadable } = parseYaml(text, file);
    const [root] = roots;
    if (root === undefined) {
      diagnostics.push(...unreadable);
      rendered.push({ file, text: renderDiagnostics(unreadable, text) });
      continue;
    }
    const kind = kindOf(root);
    if (seen.has(kind)) {
      throw new AmlDeitError(
        'DEPLOY_OPTIONS_INVALID',
        `${file} is a second ${kind}: expected one endpoint and one deployment`,
      );
    }
    seen.add(kind);
    const parsed =
      kind === 'endpoint'
        ? parseOnlineEndpoint(text, file, endpointOverrides(options))
        : parseOnlineDeployment(text, file, deploymentOverrides(options));
    if (kind === 'endpoint') endpoint = parsed.document as OnlineEndpointDocument | undefined;
    else deployment = parsed.document as OnlineDeploymentDocument | undefined;
    const findings = parsed.diagnostics.filter(({ code }) => !suppliedHere.has(code));
    diagnostics.push(...findings);
    if (parsed.document === undefined) {
      // The cause first: what is only worth a warning comes after what is wrong.
      const errorsFirst = findings.toSorted(
        (a, b) => Number(a.severity !== 'error') - Number(b.severity !== 'error'),
      );
      rendered.push({ file, text: renderDiagnostics(errorsFirst, text) });
    } else {
      for (const diagnostic of findings) {
        options.host?.message({
          code: diagnostic.code,
          level: 'warning',
          text: renderDiagnostic(diagnostic).trim(),
          data: { ...diagnostic },
        });
      }
    }
  }
  if (rendered.length > 0) {
    const errors = diagnostics.filter((diagnostic) => diagnostic.severity === 'error').length;
    throw new AmlDeitError(
      'DOCUMENT_INVALID',
      `${errors === 1 ? 'one error' : `${errors} errors`} in ${rendered.map(({ file }) => file).join(', ')}\n${rendered
        .map(({ text }) => text)
        .join('')
        .trimEnd()}`,
      { details: { diagnostics } },
    );
  }
  if (endpoint !== undefined) checkTraffic(endpoint, deployment, files);
  checkEndpointNames(endpoint, deployment, options);
  return {
    ...(endpoint === undefined ? {} : { endpoint }),
    ...(deployment === undefined ? {} : { deployment: withProbes(deployment), ...documentModel(deployment) }),
  };
}

async function readText(file: string): Promise<string> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    const missing = systemErrorCode(error) === 'ENOENT';
    throw new AmlDeitError(
      missing ? 'FILE_NOT_FOUND' : 'FILE_UNREADABLE',
      missing ? `there is no ${file}` : `${file} cannot be read: ${errorMessage(error)}`,
      {
        cause: error,
      },
    );
  }
}

function endpointOverrides(options: DeployOnlineOptions): Partial<OnlineEndpointDocument> {
  return {
    ...(options.endpoint === undefined ? {} : { name: options.endpoint }),
    ...(options.authMode === undefined ? {} : { authMode: options.authMode }),
  };
}

function deploymentOverrides(options: DeployOnlineOptions): Partial<OnlineDeploymentDocument> {
  return {
    ...(options.endpoint === undefined ? {} : { endpointName: options.endpoint }),
    ...(options.sku === undefined ? {} : { instanceType: options.sku }),
    ...(options.instanceCount === undefined ? {} : { instanceCount: options.instanceCount }),
  };
}

/** A deploy moves all traffic to the new revision: a split in the file would be ignored, so it is refused. */
function checkTraffic(
  endpoint: OnlineEndpointDocument,
  deployment: OnlineDeploymentDocument | undefined,
  files: readonly string[],
): void {
  const names = Object.keys(endpoint.traffic).filter((name) => (endpoint.traffic[name] ?? 0) > 0);
  const isOwn = names.length === 1 && names[0]?.toLowerCase() === deployment?.name?.toLowerCase();
  const isSplit = names.length > 0 && !isOwn;
  if (!isSplit && Object.keys(endpoint.mirrorTraffic).length === 0) return;
  throw new AmlDeitError(
    'DEPLOY_OPTIONS_INVALID',
    `${isSplit ? 'traffic' : 'mirror_traffic'} in ${files.join(', ')}: a deploy moves all traffic to the new revision`,
    {
      hint: 'leave it out; split afterwards with aml-deit endpoint traffic',
    },
  );
}

function checkEndpointNames(
  endpoint: OnlineEndpointDocument | undefined,
  deployment: OnlineDeploymentDocument | undefined,
  options: DeployOnlineOptions,
): void {
  const named = deployment?.endpointName;
  if (
    options.endpoint !== undefined ||
    endpoint === undefined ||
    named === undefined ||
    named === endpoint.name
  )
    return;
  throw new AmlDeitError(
    'DEPLOY_OPTIONS_INVALID',
    `the deployment is for endpoint "${named}", the endpoint's file is of "${endpoint.name}"`,
  );
}

function withProbes(deployment: OnlineDeploymentDocument): DeploymentDocument {
  return {
    ...deployment,
    livenessProbe: desiredProbe(deployment.livenessProbe),
    readinessProbe: desiredProbe(deployment.readinessProbe),
  };
}

function desiredProbe(probe: ProbeSettings = {}): DesiredProbe {
  const { initialDelay, period, timeout, successThreshold, failureThreshold } = probe;
  return {
    ...(initialDelay === undefined ? {} : { initialDelaySeconds: initialDelay }),
    ...(period === undefined ? {} : { periodSeconds: period }),
    ...(timeout === undefined ? {} : { timeoutSeconds: timeout }),
    ...(successThreshold === undefined ? {} : { successThreshold }),
    ...(failureThreshold === undefined ? {} : { failureThreshold }),
  };
}

function documentModel(deployment: OnlineDeploymentDocument): Pick<OnlineDocuments, 'model'> {
  const { model } = deployment;
  if (model === undefined) return {};
  if (typeof model === 'string') return { model: { reference: model } };
  if (/^(?:azureml|https?|wasbs?|abfss?):/.test(model.path)) {
    throw new AmlDeitError('DEPLOY_OPTIONS_INVALID', `the model's path ${model.path} is no local folder`, {
      hint: 'register it first and refer to it: azureml:NAME:VERSION',
    });
  }
  if (model.type !== undefined && model.type !== 'custom_model') {
    throw new AmlDeitError(
      'DEPLOY_OPTIONS_INVALID',
      `a local model of type ${model.type} cannot be served: expected a model package (custom_model)`,
    );
  }
  return { model: { directory: model.path, ...(model.name === undefined ? {} : { name: model.name }) } };
}
