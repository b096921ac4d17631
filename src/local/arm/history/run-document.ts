import type { TwinServices } from '../../services.ts';
import { artifactFolder } from '../../jobs/run-record.ts';
import type { RunError, RunRecord } from '../../jobs/run-record.ts';
import type { StoredResource } from '../../store/resources.ts';
import { workspaceId } from '../resource-ids.ts';
import { executionProperty } from '../jobs/job-properties.ts';
import { isoTime } from '../system-data.ts';
import { outputAssetId, stableGuid } from './run-ids.ts';

/** As .NET writes a time span: `00:01:02.3450000`. */
function timeSpan(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  const two = (value: number): string => String(value).padStart(2, '0');
  const days = Math.floor(whole / 86_400_000);
  const clock = `${two(Math.floor(whole / 3_600_000) % 24)}:${two(Math.floor(whole / 60_000) % 60)}:${two(Math.floor(whole / 1000) % 60)}`;
  return `${days > 0 ? `${days}.` : ''}${clock}.${String(whole % 1000).padStart(3, '0')}0000`;
}

function user(services: TwinServices): object {
  const { objectId, tenantId } = services.identity;
  return {
    userObjectId: objectId,
    userPuId: '',
    userIdp: null,
    userAltSecId: null,
    userIss: `https://sts.windows.net/${tenantId}/`,
    userTenantId: tenantId,
    userName: 'local user',
    upn: null,
  };
}

function runType(run: RunRecord): string | null {
  if (run.kind === 'mlflow') return null;
  if (run.parentRunId !== null) return 'azureml.StepRun';
  return run.kind === 'pipeline' ? 'azureml.PipelineRun' : 'azureml.scriptrun';
}

/** Why a run failed, in the service's form. */
function errorDocument(services: TwinServices, error: RunError, time: number): object {
  return {
    error: {
      code: error.code,
      severity: null,
      message: error.message,
      messageFormat: '',
      messageParameters: {},
      referenceCode: '',
      detailsUri: null,
      target: null,
      details: [],
      innerError: null,
      debugInfo: null,
      additionalInfo: null,
    },
    correlation: null,
    environment: services.identity.location,
    location: services.identity.location,
    time: isoTime(time),
    componentName: 'aml-deit local twin',
  };
}

/** What steps have besides their own tags and properties, as recorded. */
function stepProperties(run: RunRecord): Readonly<Record<string, string>> {
  if (run.parentRunId === null) return {};
  const [, name, version] =
    /\/components\/([^/]+)\/(?:versions|labels)\/([^/]+)$/.exec(run.componentId ?? '') ?? [];
  const nodeId = stableGuid('node', run.runId).slice(0, 8);
  return {
    'azureml.DevPlatv2': 'true',
    StepType: run.kind === 'pipeline' ? 'SubGraphCloudStep' : 'PythonScriptStep',
    'azureml.moduleid': stableGuid('module', run.componentId ?? run.runId),
    'azureml.moduleName': name ?? run.nodeName ?? run.runId,
    'azureml.moduleVersion': version ?? '1',
    'azureml.runsource': 'azureml.StepRun',
    'azureml.nodeid': nodeId,
    'azureml.nodename': run.nodeName ?? '',
    'azureml.pipelinerunid': run.parentRunId,
    'azureml.pipeline': run.rootRunId,
    'azureml.rootpipelinerunid': run.rootRunId,
    'azureml.pipelineComponent': 'masterescloud',
    'azureml.isreused': 'false',
    '_azureml.ComputeTargetType': 'amlctrain',
    ProcessInfoFile: 'azureml-logs/process_info.json',
    'aml-deit.simulated': 'true',
  };
}

function references(services: TwinServices, run: RunRecord) {
  const { identity } = services;
  return {
    inputs: Object.fromEntries(
      Object.entries(run.inputs).map(([name, input]) => [name, { assetId: input.uri, type: input.dataType }]),
    ),
    // The service writes `UriFolder`, which its own Python client does not know and then downloads nothing.
    outputs: Object.fromEntries(
      Object.entries(run.outputs).map(([name, output]) => [
        name,
        { assetId: outputAssetId(identity, run, name, output), type: output.dataType },
      ]),
    ),
  };
}

/** Members that a run and its details share. */
function shared(services: TwinServices, stored: StoredResource<RunRecord>) {
  const { body: run } = stored;
  const endedAt = run.endedAt ?? (run.startedAt === null ? null : services.now());
  const duration = run.startedAt === null || endedAt === null ? null : timeSpan(endedAt - run.startedAt);
  const nodeId = stepProperties(run)['azureml.nodeid'];
  return {
    runNumber: run.number,
    rootRunId: run.rootRunId,
    rootRunUuid: stableGuid('run', run.rootRunId),
    createdBy: user(services),
    userId: services.identity.objectId,
    runUuid: stableGuid('run', run.runId),
    parentRunUuid: run.parentRunId === null ? null : stableGuid('run', run.parentRunId),
    runTypeV2: {
      orchestrator: run.kind === 'pipeline' ? 'AzureMLPipelines' : 'Execution',
      traits: [run.parentRunId === null ? 'remote' : 'azureml.StepRun', 'LocalTwin'],
      attribution: null,
      computeType: null,
    },
    lastModifiedBy: user(services),
    lastModifiedUtc: isoTime(stored.modifiedAt),
    duration,
    computeDuration: duration,
    currentComputeTime: run.startedAt !== null && run.endedAt === null ? duration : null,
    effectiveStartTimeUtc: null,
    lastStartTimeUtc: null,
    currentAttemptId: 1,
    runId: run.runId,
    parentRunId: run.parentRunId,
    status: run.status,
    startTimeUtc: run.startedAt === null ? null : isoTime(run.startedAt),
    endTimeUtc: run.endedAt === null ? null : isoTime(run.endedAt),
    error: run.error === null ? null : errorDocument(services, run.error, run.endedAt ?? stored.modifiedAt),
    warnings: null,
    revision: run.revision,
    statusRevision: run.revision,
    dataContainerId: `dcid.${run.runId}`,
    settings: {},
    services: {},
    properties: { ...stepProperties(run), ...run.properties, ...executionProperty(run) },
    parameters: run.parameters,
    tags: {
      ...(nodeId === undefined ? {} : { 'azureml.nodeid': nodeId, 'azureml.pipeline': run.rootRunId }),
      ...run.tags,
    },
    inputDatasets: [],
    outputDatasets: [],
    computeRequest: null,
    compute: null,
  };
}

/** A run, as run history lists it; `withReferences` adds what it read and wrote. */
export function runDocument(
  services: TwinServices,
  stored: StoredResource<RunRecord>,
  withReferences = false,
): object {
  const { body: run } = stored;
  const cancelUri = `${services.endpoint()}${workspaceId(services.identity)}/jobs/${run.rootRunId}/cancel`;
  return {
    ...shared(services, stored),
    createdUtc: isoTime(stored.createdAt),
    token: null,
    tokenExpiryTimeUtc: null,
    runType: runType(run),
    target:
      run.kind === 'mlflow' || (run.kind === 'pipeline' && run.parentRunId === null)
        ? null
        : (run.compute ?? 'serverless'),
    experimentId: services.runs.experiments.idOf(run.experimentName),
    name: run.displayName,
    displayName: run.displayName,
    description: run.description,
    hidden: run.hidden,
    scriptName: null,
    uniqueChildRunComputeTargets: [],
    primaryMetricName: null,
    runDefinition: null,
    jobSpecification: null,
    cancelUri,
    completeUri: null,
    diagnosticsUri: null,
    actionUris: { Cancel: cancelUri },
    cancelationReason: run.status === 'Canceled' ? 'Canceled by the user.' : null,
    retainForLifetimeOfWorkspace: null,
    queueingInfo: null,
    createdFrom: null,
    scheduleId: null,
    ...(withReferences ? references(services, run) : { inputs: null, outputs: null }),
  };
}

const logLifetimeMs = 60 * 60 * 1000;

/** A run with its logs, as addresses that need no credential. */
export function runDetails(services: TwinServices, stored: StoredResource<RunRecord>): object {
  const { body: run } = stored;
  const { account } = services.identity;
  const sas = services.blobs.createSas(logLifetimeMs, 'r');
  const base = `https://${account}.blob.core.localhost:${services.port()}/azureml/${artifactFolder(run.runId)}`;
  return {
    ...shared(services, stored),
    createdTimeUtc: isoTime(stored.createdAt),
    // Never null as recorded, unlike a run's.
    startTimeUtc: isoTime(run.startedAt ?? stored.createdAt),
    ...references(services, run),
    jobCost: {
      chargedCpuCoreSeconds: null,
      chargedCpuMemoryMegabyteSeconds: null,
      chargedGpuSeconds: null,
      chargedNodeUtilizationSeconds: null,
    },
    target: null,
    runDefinition: {},
    logFiles: Object.fromEntries(run.logs.map((name) => [name, `${base}/${name}?${sas}`])),
  };
}
