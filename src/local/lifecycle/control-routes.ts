import type { IncomingMessage, ServerResponse } from 'node:http';
import { scoringImageName } from '../../io/index.ts';
import { AmlDeitError, errorMessage } from '../../errors/index.ts';
import type { FaultReport, FaultRule } from '../faults/fault-rule.ts';
import { readJsonBody } from '../http/read-body.ts';
import { secretsMatch } from '../http/tokens.ts';
import { requestUrl } from '../http/request-url.ts';
import type { InstanceStatus } from '../deployments/runtime.ts';
import type { TwinServices } from '../services.ts';
import { importIntoRegistry } from './import-registry-model.ts';
import type { RegistryImport } from './import-registry-model.ts';

/** Paths of the twin's own control: not of Azure, for `aml-deit local …` only. */
export const controlPrefix = '/_twin/';
export const controlHeader = 'x-identity-header';

export interface DeploymentStatus {
  readonly endpoint: string;
  readonly deployment: string;
  readonly provisioningState: string;
  readonly traffic: number;
  readonly instanceCount: number;
  readonly instances: readonly InstanceStatus[];
}

export interface TwinReport {
  readonly pid: number;
  readonly version: string;
  readonly endpoint: string;
  /** The product's own scoring image: the one that the twin knows, run as a process. */
  readonly image: string;
  readonly azuritePid: number | null;
  readonly deployments: readonly DeploymentStatus[];
  readonly registryModels: readonly { readonly name: string; readonly version: string }[];
  /** What is made to go wrong. */
  readonly faults: readonly FaultReport[];
}

export interface ControlOptions {
  readonly services: TwinServices;
  readonly version: string;
  readonly azuritePid: () => number | undefined;
  readonly shutdown: () => void;
}

export function reportTwin(options: ControlOptions): TwinReport {
  const { services } = options;
  return {
    pid: process.pid,
    version: options.version,
    endpoint: services.endpoint(),
    image: scoringImageName(),
    azuritePid: options.azuritePid() ?? null,
    deployments: services.tables.deployments.list().map(({ parent, name, body }) => ({
      endpoint: body.endpointName,
      deployment: body.name,
      provisioningState: body.provisioningState,
      traffic: services.tables.endpoints.get('', parent)?.body.traffic[name] ?? 0,
      instanceCount: body.spec.instanceCount,
      instances: services.runtime.instances(parent, name),
    })),
    registryModels: services.tables.registryModels
      .list()
      .map((model) => ({ name: model.parent, version: model.name })),
    faults: services.faults.list(),
  };
}

function reply(response: ServerResponse, status: number, body: object): void {
  const text = Buffer.from(JSON.stringify(body));
  response.writeHead(status, { 'content-type': 'application/json', 'content-length': String(text.length) });
  response.end(text);
}

const faultsPath = `${controlPrefix}faults`;

/** Status, shutdown, import and faults, for the owner of the twin's secret. */
export async function handleControl(
  incoming: IncomingMessage,
  response: ServerResponse,
  options: ControlOptions,
): Promise<void> {
  const secret = incoming.headers[controlHeader];
  if (typeof secret !== 'string' || !secretsMatch(secret, options.services.identity.identityHeader)) {
    incoming.resume();
    return reply(response, 401, { error: { code: 'Unauthorized', message: 'this is not for you' } });
  }
  const { faults } = options.services;
  const path = requestUrl(incoming, options.services.endpoint()).pathname;
  switch (`${incoming.method} ${path}`) {
    case `GET ${controlPrefix}status`:
      return reply(response, 200, reportTwin(options));
    case `POST ${controlPrefix}shutdown`:
      response.on('close', options.shutdown);
      return reply(response, 202, {});
    case `POST ${controlPrefix}registry-models`:
      try {
        const body = (await readJsonBody(incoming)) as RegistryImport;
        return reply(response, 200, await importIntoRegistry(body, options.services));
      } catch (error) {
        return reply(response, 500, { error: { code: 'ImportFailed', message: errorMessage(error) } });
      }
    case `GET ${faultsPath}`:
      return reply(response, 200, { faults: faults.list() });
    case `POST ${faultsPath}`:
      try {
        return reply(response, 201, faults.add((await readJsonBody(incoming)) as FaultRule));
      } catch (error) {
        const code = error instanceof AmlDeitError ? error.code : 'BadRequest';
        return reply(response, 400, { error: { code, message: errorMessage(error) } });
      }
    default:
      break;
  }
  if (incoming.method === 'DELETE' && (path === faultsPath || path.startsWith(`${faultsPath}/`))) {
    const id = path.slice(faultsPath.length + 1);
    return reply(response, 200, { cleared: faults.clear(id === '' ? undefined : id) });
  }
  return reply(response, 404, { error: { code: 'NotFound', message: path } });
}
