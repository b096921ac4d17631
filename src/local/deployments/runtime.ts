import { rmSync, readdirSync } from 'node:fs';
import { join, sep } from 'node:path';
import { scoringImageName, scoringRoutes } from '../../io/index.ts';
import { errorMessage } from '../../errors/index.ts';
import { operationError } from '../http/service-error.ts';
import { OperationFailure } from '../arm/operation-runner.ts';
import { parseEnvironmentReference } from '../arm/resource-ids.ts';
import { sameExceptCount } from '../arm/online/deployment-spec.ts';
import { deploymentEvent, takeProcessFault } from '../faults/process-fault.ts';
import type { EnvironmentVersionRecord, InferenceConfigRecord } from '../arm/assets/records.ts';
import type { DeploymentSpec, OnlineDeploymentRecord } from '../arm/online/records.ts';
import type { TwinServices } from '../services.ts';
import { BoundedLog, tailOf } from './bounded-log.ts';
import { explainFailure } from './explain-failure.ts';
import { InstanceGroup } from './instance-group.ts';
import { materializeModel } from './materialize-model.ts';
import { chooseProgram } from './scorer-program.ts';
import type { ProgramSources } from './scorer-program.ts';

type RuntimeServices = Pick<TwinServices, 'identity' | 'tables' | 'blobs' | 'faults' | 'log'>;

export interface InstanceStatus {
  readonly index: number;
  readonly pid: number | null;
  readonly ready: boolean;
  readonly restarts: number;
  /** Whether it is a container that runc runs, or a process of the scoring server. */
  readonly runs: 'container' | 'process';
}

interface Running {
  readonly record: OnlineDeploymentRecord;
  readonly group: InstanceGroup;
}

/** What the scoring image answers on when an MLflow model brings no routes. */
const imageRoutes: InferenceConfigRecord = {
  livenessRoute: { path: scoringRoutes.liveness, port: scoringRoutes.port },
  readinessRoute: { path: scoringRoutes.readiness, port: scoringRoutes.port },
  scoringRoute: { path: scoringRoutes.scoring, port: scoringRoutes.port },
};

function keyOf(record: { readonly endpointName: string; readonly name: string }): string {
  return `${record.endpointName}/${record.name}`.toLowerCase();
}

/** Where Azure ML mounts a model: `/var/azureml-app/azureml-models/NAME/VERSION`, or below the path that is asked for. */
function mountOf(modelDirectory: string, mountPath: string | null | undefined): string {
  const [version = '', name = ''] = modelDirectory.split(sep).toReversed();
  return `${mountPath ?? '/var/azureml-app/azureml-models'}/${name}/${version}`;
}

/** The log of an instance, which begins with what it is that runs. */
function startLog(file: string, description: string): BoundedLog {
  const log = new BoundedLog(file);
  log.line(`[local twin] ${description}`);
  return log;
}

/** Runs what the store's deployments say: finds the image, fetches the model, keeps the processes. */
export class DeploymentRuntime {
  readonly #directory: string;
  readonly #services: RuntimeServices;
  readonly #sources: ProgramSources;
  readonly #running = new Map<string, Running>();
  /** Deployments that come up after a start: whoever changes one of them waits for that first. */
  readonly #resuming = new Map<string, Promise<void>>();
  /** Groups that start or retire: they too end with the twin. */
  readonly #transient = new Set<InstanceGroup>();

  constructor(directory: string, services: RuntimeServices, sources: ProgramSources) {
    this.#directory = directory;
    this.#sources = sources;
    this.#services = services;
  }

  #folder(record: { readonly endpointName: string; readonly name: string }, revision?: number): string {
    const folder = join(this.#directory, ...keyOf(record).split('/'));
    return revision === undefined ? folder : join(folder, String(revision));
  }

  /** The processes that serve a deployment. */
  group(endpoint: string, deployment: string): InstanceGroup | undefined {
    return this.#running.get(`${endpoint}/${deployment}`.toLowerCase())?.group;
  }

  instances(endpoint: string, deployment: string): InstanceStatus[] {
    const group = this.group(endpoint, deployment);
    return (group?.instances ?? []).map((instance) => ({
      index: instance.index,
      pid: instance.pid ?? null,
      ready: instance.ready,
      restarts: instance.restarts,
      runs: group?.runs ?? 'process',
    }));
  }

  /** Where the scoring route of a deployment is: its environment says so. */
  routes(spec: DeploymentSpec): InferenceConfigRecord {
    const reference =
      spec.environmentId === null
        ? undefined
        : parseEnvironmentReference(this.#services.identity, spec.environmentId);
    const environment =
      reference === undefined
        ? undefined
        : this.#services.tables.environmentVersions.get(reference.name, reference.version);
    return environment?.body.inferenceConfig ?? imageRoutes;
  }

  #environment(spec: DeploymentSpec): EnvironmentVersionRecord | undefined {
    if (spec.environmentId === null) return undefined;
    const reference = parseEnvironmentReference(this.#services.identity, spec.environmentId);
    const environment =
      reference === undefined
        ? undefined
        : this.#services.tables.environmentVersions.get(reference.name, reference.version)?.body;
    if (environment === undefined)
      throw new OperationFailure(
        operationError(
          'BadArgument',
          `unable to download user container image: the environment ${spec.environmentId} is gone`,
        ),
      );
    return environment;
  }

  async #createGroup(
    record: OnlineDeploymentRecord,
    revision: number,
    spec: DeploymentSpec,
    signal: AbortSignal,
  ): Promise<InstanceGroup> {
    const environment = this.#environment(spec);
    const event = deploymentEvent(record.endpointName, record.name);
    const [pull] = this.#services.faults.take('image', event);
    if (pull !== undefined)
      throw new OperationFailure(
        operationError(
          'BadArgument',
          `unable to download user container image: ${environment?.image ?? scoringImageName()}`,
          [{ code: 'ImagePullFailure', message: `The registry did not give the image (${pull.id}).` }],
        ),
      );
    const routes = this.routes(spec);
    const program = await chooseProgram(environment, routes, this.#sources, signal);
    const folder = this.#folder(record, revision);
    const initializer = new BoundedLog(join(folder, 'logs', 'storage-initializer.log'));
    const modelDirectory =
      spec.model === null
        ? undefined
        : await materializeModel(spec.model, folder, this.#services, initializer, signal).catch(
            (error: unknown) => {
              signal.throwIfAborted();
              if (error instanceof OperationFailure) throw error;
              throw new OperationFailure(
                operationError('BadArgument', `unable to download user model: ${errorMessage(error)}`),
              );
            },
          );
    const model =
      modelDirectory === undefined
        ? undefined
        : { directory: modelDirectory, mount: mountOf(modelDirectory, spec.modelMountPath) };
    return new InstanceGroup({
      revision,
      spec,
      runs: program.runs,
      createInstance: (index) => ({
        index,
        launch: () =>
          program.launch({
            index,
            model,
            variables: spec.environmentVariables,
            directory: join(folder, 'containers', String(index)),
          }),
        routes,
        liveness: spec.liveness,
        readiness: spec.readiness,
        takeFault: () => takeProcessFault(this.#services.faults, event),
        log: startLog(join(folder, 'logs', `instance-${index}.log`), program.description),
      }),
    });
  }

  /**
   * Makes the processes what the record says. An update is rolling: the new processes are ready before the old ones
   * go; when they do not become ready, the old ones stay and this rejects with an OperationFailure.
   */
  async apply(record: OnlineDeploymentRecord, signal: AbortSignal): Promise<void> {
    const key = keyOf(record);
    await this.#resuming.get(key);
    const current = this.#running.get(key);
    const { spec, revision } = record;
    if (current?.group.revision === revision && sameExceptCount(current.group.spec, spec)) {
      const before = current.group.spec;
      try {
        await this.#ready(record, revision, current.group.scale(spec, signal), signal);
      } catch (error) {
        // What was healthy before goes on as it was.
        if (!signal.aborted) await current.group.scale(before, signal).catch(() => undefined);
        throw error;
      }
      this.#running.set(key, { record, group: current.group });
      return;
    }
    const group = await this.#createGroup(record, revision, spec, signal);
    this.#transient.add(group);
    group.start();
    try {
      await this.#ready(record, revision, group.waitUntilReady(signal), signal);
    } catch (error) {
      await group.stop(0);
      this.#transient.delete(group);
      throw error;
    }
    this.#transient.delete(group);
    this.#running.set(key, { record, group });
    if (current !== undefined) {
      this.#transient.add(current.group);
      await current.group.retire();
      this.#transient.delete(current.group);
    }
    this.#forgetRevisions(record, revision);
  }

  async #ready(
    record: OnlineDeploymentRecord,
    revision: number,
    readiness: Promise<void>,
    signal: AbortSignal,
  ): Promise<void> {
    try {
      await readiness;
    } catch (error) {
      signal.throwIfAborted();
      const log = this.#logTail(record, revision, 'inference-server', 40);
      throw new OperationFailure(explainFailure(errorMessage(error), log));
    }
  }

  /** Brings up what served before the twin ended. Does not wait: the processes come when they come. */
  resume(record: OnlineDeploymentRecord, signal: AbortSignal): void {
    const { served } = record;
    if (served === null) return;
    const key = keyOf(record);
    const start = async (): Promise<void> => {
      try {
        const group = await this.#createGroup(record, served.revision, served.spec, signal);
        if (signal.aborted) return;
        this.#running.set(key, { record, group });
        group.start();
      } catch (error) {
        this.#services.log(`${key} does not come up: ${errorMessage(error)}`);
      } finally {
        this.#resuming.delete(key);
      }
    };
    this.#resuming.set(key, start());
  }

  async remove(endpointName: string, name: string): Promise<void> {
    const key = keyOf({ endpointName, name });
    await this.#resuming.get(key);
    const current = this.#running.get(key);
    this.#running.delete(key);
    if (current !== undefined) {
      this.#transient.add(current.group);
      await current.group.retire();
      this.#transient.delete(current.group);
    }
    rmSync(this.#folder({ endpointName, name }), {
      recursive: true,
      force: true,
      maxRetries: 5,
      retryDelay: 100,
    });
  }

  #forgetRevisions(record: OnlineDeploymentRecord, kept: number): void {
    const folder = this.#folder(record);
    for (const name of readdirSync(folder))
      if (name !== String(kept)) rmSync(join(folder, name), { recursive: true, force: true, maxRetries: 5 });
  }

  #logTail(
    record: OnlineDeploymentRecord,
    revision: number,
    container: 'inference-server' | 'storage-initializer',
    lines: number,
  ): string[] {
    const folder = join(this.#folder(record, revision), 'logs');
    if (container === 'storage-initializer') return tailOf(join(folder, 'storage-initializer.log'), lines);
    const files = Array.from({ length: record.spec.instanceCount }, (_, index) => `instance-${index}.log`);
    return files.flatMap((file) => tailOf(join(folder, file), lines)).slice(-lines);
  }

  /** What getLogs answers: where each instance stands, then the newest revision's own output. */
  readLogs(
    record: OnlineDeploymentRecord,
    container: 'inference-server' | 'storage-initializer',
    lines: number,
  ): string {
    const log = this.#logTail(record, record.revision, container, lines);
    if (container === 'storage-initializer') return `${log.join('\n')}\n`;
    const status = this.instances(record.endpointName, record.name).map(
      (instance) =>
        `instance ${instance.index}: ${instance.ready ? 'ready' : 'not ready'}, restarts ${instance.restarts}`,
    );
    const head = status.length === 0 ? ['no instance is running'] : status;
    return ['Instance status:', ...head, '', 'Container logs:', ...log, ''].join('\n');
  }

  async stop(): Promise<void> {
    const groups = [...[...this.#running.values()].map((running) => running.group), ...this.#transient];
    await Promise.all(groups.map((group) => group.stop()));
    this.#running.clear();
  }

  kill(): void {
    for (const running of this.#running.values()) running.group.kill();
    for (const group of this.#transient) group.kill();
  }
}
