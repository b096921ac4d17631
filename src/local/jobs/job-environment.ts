import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { cliEntry } from '../../io/index.ts';
import { workspaceId } from '../arm/resource-ids.ts';
import { bareEnvironment } from '../lifecycle/child.ts';
import type { TwinIdentity } from '../lifecycle/identity.ts';
import type { RunRecord } from './run-record.ts';

/**
 * A folder with `aml-deit` and `node` in it, which are this package's own CLI and this Node: what a command finds first
 * on its PATH. Written anew at each start: the package may have moved.
 */
export function writeToolFolder(directory: string): string {
  mkdirSync(directory, { recursive: true, mode: 0o700 });
  const tools = { 'aml-deit': [process.execPath, cliEntry()], node: [process.execPath] };
  for (const [name, words] of Object.entries(tools)) {
    const file = join(directory, name);
    const quoted = words.map((word) => `'${word.replaceAll("'", `'\\''`)}'`).join(' ');
    writeFileSync(file, `#!/bin/sh\nexec ${quoted} "$@"\n`, { mode: 0o755 });
    chmodSync(file, 0o755);
    if (process.platform === 'win32')
      writeFileSync(`${file}.cmd`, `@${words.map((word) => `"${word}"`).join(' ')} %*\r\n`);
  }
  return directory;
}

export interface JobEnvironmentOptions {
  readonly identity: TwinIdentity;
  /** `https://127.0.0.1:PORT`. */
  readonly endpoint: string;
  /** The variables with which any client reaches the twin. */
  readonly twinVariables: Readonly<Record<string, string>>;
  /** A token for the data plane, for clients that ask nobody for one. */
  readonly token: { readonly token: string; readonly expiresAt: number };
  /** Folder of the programs that a process of this machine finds first; null: in a container, which has its own. */
  readonly tools: string | null;
  readonly experimentId: string;
}

function machineEnvironment(tools: string): Record<string, string> {
  const bare = bareEnvironment();
  return { ...bare, PATH: [tools, bare['PATH'] ?? ''].filter((part) => part !== '').join(delimiter) };
}

/** What Azure ML tells a command of itself, as far as there is something to tell, and the way to the twin. */
export function jobEnvironment(run: RunRecord, options: JobEnvironmentOptions): Record<string, string> {
  const { identity, endpoint, twinVariables, token, tools, experimentId } = options;
  const workspace = workspaceId(identity);
  const certificates = twinVariables['REQUESTS_CA_BUNDLE'];
  return {
    ...(tools === null ? {} : machineEnvironment(tools)),
    // Buffered output would come when the command ends, and its log is watched while it runs.
    PYTHONUNBUFFERED: '1',
    ...twinVariables,
    AZUREML_RUN_ID: run.runId,
    AZUREML_ROOT_RUN_ID: run.rootRunId,
    AZUREML_EXPERIMENT_NAME: run.experimentName,
    AZUREML_ARM_SUBSCRIPTION: identity.subscriptionId,
    AZUREML_ARM_RESOURCEGROUP: identity.resourceGroup,
    AZUREML_ARM_WORKSPACE_NAME: identity.workspaceName,
    AZUREML_ARM_PROJECT_NAME: run.experimentName,
    AZUREML_WORKSPACE_ID: identity.workspaceId,
    AZUREML_WORKSPACE_SCOPE: workspace,
    AZUREML_EXPERIMENT_SCOPE: `${workspace}/experiments/${run.experimentName}`,
    AZUREML_SERVICE_ENDPOINT: endpoint,
    AZUREML_RUN_HISTORY_SERVICE_ENDPOINT: endpoint,
    AZUREML_DISCOVERY_SERVICE_ENDPOINT: `${endpoint}/discovery`,
    AZUREML_RUN_TOKEN: token.token,
    AZUREML_RUN_TOKEN_EXPIRY: String(token.expiresAt),
    // Plain MLflow understands https; the service's own `azureml://` needs a plugin.
    MLFLOW_TRACKING_URI: `${endpoint}/mlflow/v1.0${workspace}`,
    MLFLOW_TRACKING_TOKEN: token.token,
    ...(certificates === undefined ? {} : { MLFLOW_TRACKING_SERVER_CERT_PATH: certificates }),
    MLFLOW_RUN_ID: run.runId,
    MLFLOW_EXPERIMENT_ID: experimentId,
    MLFLOW_EXPERIMENT_NAME: run.experimentName,
  };
}
