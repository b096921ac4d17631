import { rmSync, writeFileSync, renameSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { join } from 'node:path';
import { AmlDeitError, errorMessage } from '../errors/index.ts';
import { cliEntry, packageVersion, twinDescriptorFile, twinDirectory, twinEnvironment } from '../io/index.ts';
import type { TwinDescriptor } from '../io/index.ts';
import { machinePlatform } from '../oci/index.ts';
import { createExecutors } from './arm/executors.ts';
import { OperationRunner } from './arm/operation-runner.ts';
import { handleProxiedArtifact, isProxiedArtifact } from './arm/mlflow/proxied-artifacts.ts';
import { findStandIn, standInSpec } from './arm/registry/registry-component-spec.ts';
import { baseUrlOf, handleArm } from './arm/pipeline.ts';
import { handleScoring, isScoringPath } from './dataplane/handle-scoring.ts';
import { Mirror } from './dataplane/mirror.ts';
import { replyPlatformError } from './dataplane/reply.ts';
import { BoundedLog } from './deployments/bounded-log.ts';
import { DeploymentRuntime } from './deployments/runtime.ts';
import type { ScorerProgram } from './deployments/scorer-program.ts';
import { FaultRules } from './faults/fault-rules.ts';
import { guardRequest } from './faults/guard-request.ts';
import type { RequestVerdict } from './faults/guard-request.ts';
import { requestEvent } from './faults/request-operation.ts';
import { tokenFault } from './http/authenticate.ts';
import { answerOpenRoute, issueToken } from './http/open-routes.ts';
import { createTwinServer } from './http/server.ts';
import { requestUrl } from './http/request-url.ts';
import { JobEngine } from './jobs/job-engine.ts';
import { RunStore } from './jobs/run-store.ts';
import { loadCertificates } from './lifecycle/certificates.ts';
import { controlPrefix, handleControl, reportTwin } from './lifecycle/control-routes.ts';
import type { TwinReport } from './lifecycle/control-routes.ts';
import { loadIdentity } from './lifecycle/identity.ts';
import { makeTwinDirectory } from './lifecycle/make-twin-directory.ts';
import { takeLock } from './lifecycle/lock.ts';
import { createTables } from './services.ts';
import type { TwinServices } from './services.ts';
import { startAzurite } from './storage/azurite.ts';
import { answerXml, proxyBlobRequest } from './storage/blob-proxy.ts';
import { handleRegistry, isRegistryPath } from './images/handle-registry.ts';
import { findRunc } from './containers/find-runc.ts';
import type { ContainerRuntime } from './containers/find-runc.ts';
import { ImageFinder } from './images/find-image.ts';
import { ImageStore } from './images/image-store.ts';
import { replyJson } from './images/registry-error.ts';
import { RegistryUploads } from './images/registry-uploads.ts';
import { BlobStore } from './storage/blob-store.ts';
import { systemDatastores, registryContainer } from './storage/datastores.ts';
import { openDatabase } from './store/database.ts';
import { OperationTable } from './store/operations.ts';
import { Settings } from './store/settings.ts';

export interface StartTwinOptions {
  /** Environment that names the home folder; `process.env` by default. */
  readonly env?: NodeJS.ProcessEnv;
  /** This port or none; without it the one of the last start, or any free one. */
  readonly port?: number;
  readonly now?: () => number;
  /** Instead of this package's own scoring server, for tests of the twin itself. */
  readonly scorer?: ScorerProgram;
  /** Registries outside this machine that images may be pulled from. */
  readonly pullFrom?: readonly string[];
  /** How jobs are run, for tests of the twin itself. */
  readonly jobs?: JobOptions;
  /** Rules that make things go wrong; none by default. */
  readonly faults?: FaultRules;
  /** Called once when somebody asks the twin to end (`local down`). */
  readonly onShutdown?: () => void;
}

export interface JobOptions {
  /** How many commands run at once; the machine's cores by default. */
  readonly parallelCommands?: number;
  /** For so long after its end the first look at a job's details finds it finalizing. Default 60,000. */
  readonly lingerMs?: number;
}

export interface RunningTwin {
  readonly descriptor: TwinDescriptor;
  readonly caPem: string;
  report(): TwinReport;
  issueToken(
    audience: string,
    overrides?: { readonly tenantId?: string; readonly expiresInSeconds?: number },
  ): { readonly token: string; readonly expiresAt: number };
  /** Ends in order: requests first, then processes, then storage. */
  close(): Promise<void>;
  /** Ends as kill -9 does: nothing is told, nothing is saved. */
  crash(): Promise<void>;
}

const ownScorer = (): ScorerProgram => ({
  entry: cliEntry(),
  parameters: ['serve', '--port', '0', '--host', '127.0.0.1'],
});

/** Where a first twin likes to be, so that its address is the same on most machines. */
const preferredPort = 7443;
const closeGraceMs = 5000;

function writeDescriptor(file: string, descriptor: TwinDescriptor): void {
  writeFileSync(`${file}.new`, `${JSON.stringify(descriptor, null, 2)}\n`, { mode: 0o600 });
  renameSync(`${file}.new`, file);
}

/** A value that is asked for after something has been done once; what failed is tried again by whoever asks next. */
function onceDone<T>(prepare: () => Promise<void>, value: () => Promise<T>): () => Promise<T> {
  let prepared: Promise<void> | undefined;
  return async () => {
    prepared ??= prepare().catch((error: unknown) => {
      prepared = undefined;
      throw error;
    });
    await prepared;
    return value();
  };
}

/** Starts a twin in this process. It holds the home's lock until it is closed or the process ends. */
export async function startTwin(options: StartTwinOptions = {}): Promise<RunningTwin> {
  const env = options.env ?? process.env;
  const now = options.now ?? Date.now;
  const directory = twinDirectory(env);
  makeTwinDirectory(directory);
  const undo: (() => Promise<void> | void)[] = [];
  const unwind = async (): Promise<void> => {
    for (const step of undo.toReversed()) await step();
    undo.length = 0;
  };
  try {
    const lock = await takeLock(directory);
    undo.push(() => lock.release());
    // What a twin that was killed left behind would lead clients to a port that is no longer ours.
    rmSync(twinDescriptorFile(env), { force: true });
    const twinLog = new BoundedLog(join(directory, 'twin.log'));
    const log = (line: string): void => twinLog.line(`${new Date(now()).toISOString()} ${line}`);
    const database = await openDatabase(join(directory, 'state.db'));
    undo.push(() => database.close());
    const settings = new Settings(database);
    const identity = loadIdentity(settings);
    const tables = createTables(database, now);

    // Not waited for: whoever needs blobs does.
    const azurite = startAzurite({
      directory: join(directory, 'azurite'),
      account: identity.account,
      accountKey: identity.accountKey,
      log,
    });
    undo.push(() => azurite.stop());
    const certificates = await loadCertificates(join(directory, 'certificates'), now());
    const storage = { account: identity.account, accountKey: identity.accountKey, now };
    const blobContainers = [...systemDatastores(identity).map((store) => store.container), registryContainer];
    const blobPort = onceDone(async () => {
      const unprepared = new BlobStore({ ...storage, port: azurite.port });
      for (const container of blobContainers) await unprepared.createContainer(container);
    }, azurite.port);
    const blobs = new BlobStore({ ...storage, port: blobPort });
    blobPort().catch((error: unknown) => log(`the blob store is not ready: ${errorMessage(error)}`));

    const faults = options.faults ?? new FaultRules();
    let port = 0;
    let containers: Promise<ContainerRuntime> | undefined;
    const endpoint = (): string => `https://127.0.0.1:${port}`;
    const describe = (): TwinDescriptor => ({
      schemaVersion: 1,
      pid: process.pid,
      version: packageVersion(),
      endpoint: endpoint(),
      port,
      caFile: certificates.caFile,
      subscriptionId: identity.subscriptionId,
      resourceGroup: identity.resourceGroup,
      workspaceName: identity.workspaceName,
      tenantId: identity.tenantId,
      identity: { endpoint: `${endpoint()}/msi/token`, header: identity.identityHeader },
      storageSuffix: `core.localhost:${port}`,
    });
    const images = new ImageStore(join(directory, 'images'), tables);
    const uploads = new RegistryUploads(images);
    const programs = {
      images: new ImageFinder({
        store: images,
        port: () => port,
        platform: machinePlatform(),
        env,
        pullFrom: options.pullFrom ?? [],
      }),
      runtime: () => (containers ??= findRunc({ ...process.env, ...env })),
    };
    const runtime = new DeploymentRuntime(
      join(directory, 'deployments'),
      { identity, tables, blobs, faults, log },
      { ...programs, scorer: options.scorer ?? ownScorer() },
    );
    const operations = new OperationRunner(new OperationTable(database, now), identity.workspaceId, log);
    const runs = new RunStore(tables);
    const jobs = new JobEngine({
      ...options.jobs,
      ...programs,
      directory: join(directory, 'jobs'),
      identity,
      now,
      tables,
      runs,
      blobs,
      faults,
      endpoint,
      twinVariables: () => ({
        ...twinEnvironment(describe()),
        ...(env['AML_DEIT_HOME'] === undefined ? {} : { AML_DEIT_HOME: env['AML_DEIT_HOME'] }),
      }),
      registryComponent: ({ registry, name, version }) => {
        const component = findStandIn(registry, name, version);
        return component === undefined ? undefined : standInSpec(component);
      },
      issueToken: () => issueToken({ identity, now, endpoint }, 'https://ml.azure.com'),
      log,
    });
    const services: TwinServices = {
      identity,
      now,
      tables,
      operations,
      blobs,
      images,
      runtime,
      runs,
      jobs,
      faults,
      mirror: new Mirror(),
      endpoint,
      port: () => port,
      log,
    };
    const control = {
      services,
      version: packageVersion(),
      azuritePid: azurite.pid,
      shutdown: () => options.onShutdown?.(),
    };

    const guard = (incoming: IncomingMessage, response: ServerResponse): Promise<RequestVerdict> => {
      const { method = 'GET', headers, url = '/' } = incoming;
      const event = requestEvent({ method, host: headers.host, path: url.split('?')[0] ?? '/' });
      return guardRequest(faults, event, incoming, response);
    };
    const route = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
      const url = requestUrl(incoming, endpoint());
      if (url.pathname.startsWith(controlPrefix)) return handleControl(incoming, response, control);
      const guarded = await guard(incoming, response);
      if (guarded.verdict === 'gone') return;
      const refusal = guarded.verdict === 'refuse' ? guarded.refusal : undefined;
      if (isScoringPath(url.pathname)) return handleScoring(incoming, response, services, refusal);
      if (isProxiedArtifact(url.pathname))
        return handleProxiedArtifact(incoming, response, services, refusal);
      if (isRegistryPath(url.pathname)) {
        if (refusal === undefined) return handleRegistry(incoming, response, url, { ...services, uploads });
        incoming.resume();
        const { status, code, message, headers } = refusal;
        return replyJson(response, status, { errors: [{ code, message }] }, headers);
      }
      if (refusal !== undefined) return handleArm(incoming, response, services, refusal);
      const open = answerOpenRoute(incoming, url, baseUrlOf(incoming, services), services);
      if (open === undefined) return handleArm(incoming, response, services);
      const body = Buffer.from(JSON.stringify(open.body));
      response.writeHead(open.status, {
        'content-type': 'application/json; charset=utf-8',
        'content-length': String(body.length),
        'x-content-type-options': 'nosniff',
      });
      response.end(body);
    };
    const routeBlob = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
      const guarded = await guard(incoming, response);
      if (guarded.verdict === 'gone') return;
      if (guarded.verdict === 'refuse') {
        const { status, code, message, headers } = guarded.refusal;
        incoming.resume();
        answerXml(response, status, code, message, headers);
        return;
      }
      await proxyBlobRequest(
        {
          port: blobPort,
          createSas: () => blobs.createSas(),
          acceptsToken: (token) =>
            tokenFault(token, { identity, port, now: now(), surface: 'blob' }) === undefined,
        },
        incoming,
        response,
      );
    };
    const server = await createTwinServer({
      certificates,
      handleBlob: (incoming, response) =>
        routeBlob(incoming, response).catch((error: unknown) => {
          log(`${incoming.method} of a blob failed: ${errorMessage(error)}`);
          response.destroy();
        }),
      handle: (incoming, response) =>
        route(incoming, response).catch((error: unknown) => {
          log(`${incoming.method} ${incoming.url?.split('?')[0]} failed: ${errorMessage(error)}`);
          replyPlatformError(response, 500, 'InternalServerError', 'The local twin failed.');
        }),
    });
    undo.push(() => server.close(closeGraceMs));
    port = await listenSomewhere(
      (wanted) => server.listen(wanted),
      options.port,
      settings.get('port') as number | undefined,
    );
    settings.set('port', port);

    const lifetime = new AbortController();
    for (const { body } of tables.deployments.list())
      if (body.provisioningState !== 'Deleting') runtime.resume(body, lifetime.signal);
    jobs.begin();
    operations.begin(createExecutors(services));

    const descriptor = describe();
    writeDescriptor(twinDescriptorFile(env), descriptor);
    log(`listening at ${descriptor.endpoint}`);

    let ended: Promise<void> | undefined;
    const end = (work: () => Promise<void>): Promise<void> => (ended ??= work());
    return {
      descriptor,
      caPem: certificates.caPem,
      report: () => reportTwin(control),
      issueToken: (audience, overrides) => issueToken(services, audience, overrides),
      close: () =>
        end(async () => {
          rmSync(twinDescriptorFile(env), { force: true });
          lifetime.abort();
          log('closing');
          await server.close(closeGraceMs);
          // Operations that are under way stay open in the store: the next start continues them.
          await Promise.all([operations.stop(), runtime.stop(), jobs.stop()]);
          await azurite.stop();
          database.close();
          lock.release();
        }),
      crash: () =>
        end(async () => {
          lifetime.abort();
          server.destroy();
          runtime.kill();
          jobs.kill();
          azurite.kill();
          await operations.stop();
          database.close();
          lock.release();
        }),
    };
  } catch (error) {
    await unwind();
    if (error instanceof AmlDeitError) throw error;
    throw new AmlDeitError('TWIN_START_FAILED', `the local twin did not start: ${errorMessage(error)}`, {
      cause: error,
    });
  }
}

/** An explicit port or nothing; otherwise the remembered or preferred one, and any free one when that is taken. */
async function listenSomewhere(
  listen: (port: number) => Promise<number>,
  explicit: number | undefined,
  remembered: number | undefined,
): Promise<number> {
  if (explicit !== undefined) return listen(explicit);
  try {
    return await listen(remembered ?? preferredPort);
  } catch (error) {
    if (error instanceof AmlDeitError && error.code === 'TWIN_PORT_TAKEN') return listen(0);
    throw error;
  }
}
