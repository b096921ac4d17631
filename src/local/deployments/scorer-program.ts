import type { ChildProcess } from 'node:child_process';
import { createHash } from 'node:crypto';
import { frugalAllocator, packageVersion, scoringImageName, scoringRoutes } from '../../io/index.ts';
import type { ResolvedImage } from '../../oci/index.ts';
import { operationError } from '../http/service-error.ts';
import { OperationFailure } from '../arm/operation-runner.ts';
import type { EnvironmentVersionRecord, InferenceConfigRecord } from '../arm/assets/records.ts';
import { containerUser } from '../containers/container-user.ts';
import type { ContainerRuntime } from '../containers/find-runc.ts';
import { launchContainer } from '../containers/launch-container.ts';
import { ImagePullFailure } from '../images/find-image.ts';
import type { ImageFinder } from '../images/find-image.ts';
import { bareEnvironment, forkEntry } from '../lifecycle/child.ts';

/** What runs as the twin's own scoring image: a module to fork. It says `{type: 'listening', port}` by IPC. */
export interface ScorerProgram {
  readonly entry: string;
  readonly parameters: readonly string[];
}

/** What an instance is started with. */
export interface InstanceSettings {
  readonly index: number;
  readonly variables: Readonly<Record<string, string>>;
  /** The model's folder on this machine, and where Azure mounts it; undefined without a model. */
  readonly model: { readonly directory: string; readonly mount: string } | undefined;
  /** A folder that is the instance's own. */
  readonly directory: string;
}

export interface InstanceProgram {
  readonly runs: 'container' | 'process';
  /** For people, into the log: what is run, and as what. */
  readonly description: string;
  launch(settings: InstanceSettings): ChildProcess;
}

export interface ProgramSources {
  readonly scorer: ScorerProgram;
  readonly images: ImageFinder;
  readonly runtime: () => Promise<ContainerRuntime>;
}

/** Label by which our scoring image says its version; written by `aml-deit image build`. */
const versionLabel = 'aml-deit.version';

function pullFailure(image: string, why: string): OperationFailure {
  return new OperationFailure(
    operationError('BadArgument', `unable to download user container image: ${image}: ${why}`, [
      { code: 'ImagePullFailure', message: why },
    ]),
  );
}

/** Ports that the twin cannot serve: more than one for a container, another than the server's for a process. */
function checkPorts(image: string, routes: InferenceConfigRecord, port: number): void {
  for (const [name, route] of Object.entries(routes) as [string, { port: number }][])
    if (route.port !== port)
      throw new OperationFailure(
        operationError(
          'ResourceNotReady',
          `the environment's ${name} asks port ${route.port}, but the image ${image} listens on ${port}`,
        ),
      );
}

function asProcess(scorer: ScorerProgram, description: string): InstanceProgram {
  return {
    runs: 'process',
    description,
    launch: ({ variables, model }) =>
      forkEntry(scorer.entry, scorer.parameters, {
        ...bareEnvironment(),
        ...frugalAllocator,
        ...variables,
        ...(model === undefined ? {} : { AZUREML_MODEL_DIR: model.directory }),
      }),
  };
}

function asContainer(
  image: ResolvedImage,
  rootfs: string,
  port: number,
  runtime: Extract<ContainerRuntime, { kind: 'runc' }>,
  description: string,
): InstanceProgram {
  const { config } = image.config;
  const args = [...(config?.Entrypoint ?? []), ...(config?.Cmd ?? [])];
  const user = containerUser(config?.User, rootfs);
  if (args.length === 0 || user === undefined)
    throw new OperationFailure(
      operationError(
        'ResourceNotReady',
        args.length === 0
          ? 'the image names nothing to run'
          : `the image is to be run by the user "${config?.User ?? ''}", whom it does not know`,
      ),
    );
  // A user namespace of one user has nobody but root.
  const known = process.getuid?.() === 0 ? user : { uid: 0, gid: 0 };
  return {
    runs: 'container',
    description,
    launch: ({ directory, variables, model }) =>
      launchContainer({
        id: `aml-deit-${createHash('sha256').update(`${directory}\n${process.pid}`).digest('hex').slice(0, 20)}`,
        directory,
        rootfs,
        args,
        cwd: config?.WorkingDir === undefined || config.WorkingDir === '' ? '/' : config.WorkingDir,
        user: known,
        env: [
          ...(config?.Env ?? []),
          ...Object.entries(variables).map(([name, value]) => `${name}=${value}`),
          ...(model === undefined ? [] : [`AZUREML_MODEL_DIR=${model.mount}`]),
        ],
        mounts: model === undefined ? [] : [{ source: model.directory, destination: model.mount }],
        ownNetwork: true,
        writable: false,
        port,
        programs: runtime.programs,
      }),
  };
}

/**
 * Decides how an environment's image is run. The name of the twin's own image is a process of the scoring server; any
 * other is pulled from its registry and run by runc, or, where runc cannot run and the image is our scoring image of this
 * version, as a process of the same server. @throws OperationFailure as an image that cannot be pulled or run
 */
export async function chooseProgram(
  environment: EnvironmentVersionRecord | undefined,
  routes: InferenceConfigRecord,
  sources: ProgramSources,
  signal: AbortSignal,
): Promise<InstanceProgram> {
  const own = scoringImageName();
  if (environment === undefined || environment.image === own) {
    checkPorts(own, routes, scoringRoutes.port);
    return asProcess(sources.scorer, `${own} is a process of this machine's scoring server`);
  }
  const { image: name } = environment;
  if (name === null || name === undefined)
    throw pullFailure(
      `the build context ${environment.build?.contextUri ?? ''}`,
      'The local twin builds no images: push one and name it.',
    );
  const image = await sources.images.find(name, signal).catch((error: unknown) => {
    if (error instanceof ImagePullFailure) throw pullFailure(name, error.message);
    throw error;
  });
  const digest = image.descriptor.digest.slice(0, 'sha256:'.length + 12);
  const runtime = await sources.runtime();
  if (runtime.kind === 'runc') {
    const { port } = routes.scoringRoute;
    checkPorts(name, routes, port);
    const rootfs = await sources.images.unpack(image, signal);
    return asContainer(image, rootfs, port, runtime, `${name} (${digest}) is run by runc ${runtime.version}`);
  }
  const version = image.config.config?.Labels?.[versionLabel];
  if (version !== packageVersion())
    throw new OperationFailure(
      operationError(
        'ResourceNotReady',
        `the image ${name} cannot be run on this machine: ${runtime.why}; as a process the local twin runs the scoring image of aml-deit ${packageVersion()} only`,
      ),
    );
  checkPorts(name, routes, scoringRoutes.port);
  return asProcess(
    sources.scorer,
    `${name} (${digest}) is run as a process of the same server, aml-deit ${version}: ${runtime.why}`,
  );
}
