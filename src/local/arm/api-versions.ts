import { ServiceError } from '../http/service-error.ts';
import type { ArmOperation } from './routes.ts';
import { routeOf } from './routes.ts';

/**
 * The versions of `Microsoft.MachineLearningServices` that clients send. Source: the list at the head of
 * learn.microsoft.com/azure/templates/microsoft.machinelearningservices/workspaces up to 2024-07-01-preview; the later
 * ones are those of Microsoft's clients (azure-ai-ml 1.35, arm-machinelearning 3 and 4, az ml) and of the folders of
 * Azure/azure-rest-api-specs. A version that Azure has added since is missing here until somebody adds it.
 */
const providerVersions = [
  '2018-03-01-preview',
  '2018-11-19',
  '2019-05-01',
  '2019-06-01',
  '2019-11-01',
  '2020-01-01',
  '2020-02-18-preview',
  '2020-03-01',
  '2020-04-01',
  '2020-05-01-preview',
  '2020-05-15-preview',
  '2020-06-01',
  '2020-08-01',
  '2020-09-01-preview',
  '2021-01-01',
  '2021-03-01-preview',
  '2021-04-01',
  '2021-07-01',
  '2022-01-01-preview',
  '2022-02-01-preview',
  '2022-05-01',
  '2022-06-01-preview',
  '2022-10-01',
  '2022-10-01-preview',
  '2022-12-01-preview',
  '2023-02-01-preview',
  '2023-04-01',
  '2023-04-01-preview',
  '2023-06-01-preview',
  '2023-08-01-preview',
  '2023-10-01',
  '2024-01-01-preview',
  '2024-04-01',
  '2024-04-01-preview',
  '2024-07-01-preview',
  '2024-10-01',
  '2024-10-01-preview',
  '2025-01-01-preview',
  '2025-04-01',
  '2025-04-01-preview',
  '2025-06-01',
  '2025-07-01-preview',
  '2025-09-01',
  '2025-10-01-preview',
  '2025-12-01',
  '2026-03-01',
] as const;

/** Of the data plane behind `/mferp/managementfrontend`; recorded. */
const dataPlaneVersions = ['2020-09-01-dataplanepreview', '2021-10-01-dataplanepreview'];

/**
 * The first day of versions that have the operation in today's form, by the beginning of its name, longest first.
 * Endpoints, assets and jobs are older, but had other bodies before 2022-02-01-preview, which the twin does not speak.
 */
const firstDays: readonly (readonly [prefix: string, day: string])[] = [
  ['workspace.', '2018-03-01'],
  ['compute.', '2018-03-01'],
  ['connection.', '2020-06-01'],
  ['location.', '2018-03-01'],
  ['registry.', '2022-10-01'],
  ['model.startPendingUpload', '2023-04-01'],
  ['data.startPendingUpload', '2023-04-01'],
  ['code.startPendingUpload', '2023-04-01'],
  ['', '2022-02-01'],
];

/** `Microsoft.Authorization/permissions`, below a resource of another provider. Source: its REST reference. */
const permissionVersions = ['2015-07-01', '2018-07-01', '2022-04-01'];

export function apiVersionsOf(operation: ArmOperation): readonly string[] {
  if (operation === 'permission.list') return permissionVersions;
  const [, , options = {}] = routeOf(operation);
  if (options.surface === 'data-plane') return [...dataPlaneVersions, ...providerVersions];
  const first = firstDays.find(([prefix]) => operation.startsWith(prefix))?.[1] ?? '';
  return providerVersions.filter((version) => version >= first);
}

/** `workspaces/models/versions`, as the gateway names what a path is of. */
function resourceType(path: string): string {
  const [, rest = ''] = path.split(/\/providers\/Microsoft\.MachineLearningServices\//i);
  return rest
    .split('/')
    .filter((_segment, index) => index % 2 === 0)
    .join('/');
}

/** The gateway's refusal of a version that it does not know for this operation. */
export function checkApiVersion(operation: ArmOperation, apiVersion: string, location: string): void {
  const versions = apiVersionsOf(operation);
  if (versions.includes(apiVersion.toLowerCase())) return;
  const [, path] = routeOf(operation);
  throw new ServiceError(
    400,
    'NoRegisteredProviderFound',
    `No registered resource provider found for location '${location}' and API version '${apiVersion.slice(0, 80)}' for type '${resourceType(path)}'. The supported api-versions are '${versions.join(', ')}'. The supported locations are '${location}'.`,
    { source: 'gateway' },
  );
}
