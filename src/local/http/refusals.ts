/**
 * What is known of a code that the twin refuses with: `recorded` from the service's recorded traffic, `reported` by
 * Microsoft's documentation, clients or their users, `guess`: the refusal is right, its code or status may not be;
 * `own`: not Azure's at all.
 */
export type RefusalEvidence = 'recorded' | 'reported' | 'guess' | 'own';

export interface Refusal {
  /** Statuses that carry it; a dash for a code that stands in `details` or in an operation's error only. */
  readonly status: string;
  readonly evidence: RefusalEvidence;
  readonly source: string;
}

const gatewayList = 'Resource Manager’s common errors (documentation)';
const inDetails = 'in `details` of a UserError; what it says is the service’s, the word is not known';

/** Every code of an error that the twin's control plane gives. One that is not here does not compile. */
export const refusals = {
  // The gateway before the service
  MissingApiVersionParameter: { status: '400', evidence: 'reported', source: gatewayList },
  NoRegisteredProviderFound: {
    status: '400',
    evidence: 'reported',
    source: 'Azure/azure-sdk-for-js#4097, microsoft/vscode-tools-for-ai#940',
  },
  InvalidRequestContent: { status: '400', evidence: 'reported', source: gatewayList },
  InvalidTagNameCharacters: { status: '400', evidence: 'guess', source: 'the limit is documented' },
  InvalidTagNameLength: { status: '400', evidence: 'guess', source: 'the limit is documented' },
  InvalidTagValueLength: { status: '400', evidence: 'guess', source: 'the limit is documented' },
  TooManyTags: { status: '400', evidence: 'guess', source: 'the limit is documented' },
  UnsupportedMediaType: { status: '415', evidence: 'guess', source: 'HTTP’s own status' },
  RequestContentTooLarge: { status: '413', evidence: 'guess', source: 'HTTP’s own status' },
  AuthenticationFailed: { status: '401', evidence: 'reported', source: gatewayList },
  InvalidAuthenticationToken: { status: '401', evidence: 'reported', source: gatewayList },
  ExpiredAuthenticationToken: { status: '401', evidence: 'reported', source: gatewayList },
  InvalidAuthenticationTokenAudience: { status: '401', evidence: 'reported', source: gatewayList },
  InvalidAuthenticationTokenTenant: { status: '401', evidence: 'reported', source: gatewayList },
  AuthorizationFailed: { status: '403', evidence: 'reported', source: gatewayList },
  SubscriptionNotFound: { status: '404', evidence: 'reported', source: gatewayList },
  ResourceGroupNotFound: { status: '404', evidence: 'reported', source: gatewayList },
  LocationNotAvailableForResourceType: {
    status: '404',
    evidence: 'guess',
    source: 'the code is the gateway’s, for creations; for reads it is a guess',
  },
  ResourceNotFound: {
    status: '404',
    evidence: 'recorded',
    source: 'a missing workspace, with `x-ms-failure-cause: gateway` (24); for unknown paths a guess',
  },
  BadGatewayConnection: { status: '502', evidence: 'recorded', source: 'PUT of code, environment, job (3)' },
  InternalServerError: { status: '500', evidence: 'recorded', source: 'GET of a datastore (1)' },

  // The service
  UserError: {
    status: '400, 404, 409, 429',
    evidence: 'recorded',
    source: '400 (194), 404 (232), 401 (1), 429 (10); no 409 was ever recorded',
  },
  NotFound: { status: '404', evidence: 'recorded', source: 'batch endpoints, parts of jobs (10)' },
  TransientError: { status: '504', evidence: 'recorded', source: '(3)' },
  SystemError: { status: '-', evidence: 'reported', source: 'the code of failed jobs in run history' },
  BadRequest: {
    status: '400',
    evidence: 'reported',
    source: 'a deployment without quota: MicrosoftLearning/mslearn-azure-ml#30',
  },
  Conflict: { status: '409', evidence: 'guess', source: 'a second operation on the same resource' },
  ServiceUnavailable: { status: '503', evidence: 'guess', source: 'of fault rules only' },
  RequestTimeout: { status: '408', evidence: 'guess', source: 'of fault rules only' },
  NoSuchEndpoint: {
    status: '-',
    evidence: 'recorded',
    source: 'in `details` for batch endpoints (4); for online endpoints a guess',
  },
  NoSuchDeployment: { status: '-', evidence: 'guess', source: 'after NoSuchEndpoint' },
  ModelNotFound: { status: '-', evidence: 'recorded', source: 'in `details` (2)' },
  NoSuchModelRegistered: { status: '-', evidence: 'recorded', source: 'in `details` (1, of 2024)' },
  RequestInvalid: {
    status: '-',
    evidence: 'recorded',
    source: 'in `details` of an unknown member (1, of 2026)',
  },
  InferencingClientCreateDeploymentFailed: {
    status: '-',
    evidence: 'reported',
    source: 'MicrosoftLearning/mslearn-azure-ml#30',
  },
  ResourceNotReady: { status: '-', evidence: 'reported', source: 'troubleshooting of online endpoints' },
  ImagePullFailure: {
    status: '-',
    evidence: 'guess',
    source: 'beside BadArgument, whose words are reported',
  },
  BadArgument: { status: '-', evidence: 'reported', source: 'troubleshooting of online endpoints' },
  ClusterCoreQuotaReached: { status: '400', evidence: 'reported', source: 'errors of compute clusters' },
  RegistryNotFound: {
    status: '-',
    evidence: 'recorded',
    source: 'innermost code of a missing registry (2)',
  },
  AssetNotFound: { status: '-', evidence: 'guess', source: inDetails },
  CodeNotFound: { status: '-', evidence: 'guess', source: inDetails },
  ComponentImmutable: { status: '-', evidence: 'guess', source: inDetails },
  ComponentNotFound: { status: '-', evidence: 'guess', source: inDetails },
  ComputeNotFound: { status: '-', evidence: 'guess', source: inDetails },
  DataContainerNotFound: { status: '-', evidence: 'guess', source: inDetails },
  DataVersionNotFound: { status: '-', evidence: 'guess', source: inDetails },
  DatastoreNotFound: { status: '-', evidence: 'guess', source: inDetails },
  DeploymentNotFound: { status: '-', evidence: 'guess', source: inDetails },
  DeploymentNotReady: { status: '-', evidence: 'guess', source: inDetails },
  DetachNotSupported: { status: '-', evidence: 'guess', source: inDetails },
  EnvironmentImmutable: { status: '-', evidence: 'guess', source: inDetails },
  EnvironmentMissing: { status: '-', evidence: 'guess', source: inDetails },
  EnvironmentNotFound: { status: '-', evidence: 'guess', source: inDetails },
  InferenceConfigMissing: { status: '-', evidence: 'guess', source: inDetails },
  InvalidDataUri: { status: '-', evidence: 'guess', source: inDetails },
  InvalidInstanceType: { status: '-', evidence: 'guess', source: inDetails },
  InvalidModelReference: { status: '-', evidence: 'guess', source: inDetails },
  InvalidModelUri: { status: '-', evidence: 'guess', source: inDetails },
  InvalidName: { status: '-', evidence: 'guess', source: inDetails },
  OperationNotFound: { status: '-', evidence: 'guess', source: inDetails },
  RunNotFound: { status: '-', evidence: 'guess', source: inDetails },

  // The twin's own
  NotBuiltInLocalTwin: { status: '501', evidence: 'own', source: 'Azure knows it, the twin does not' },
  ContainerLog: { status: '-', evidence: 'own', source: 'the last lines of a container that failed' },
  FaultInjected: { status: 'any', evidence: 'own', source: 'a fault rule without a code' },
} as const satisfies Record<string, Refusal>;

export type RefusalCode = keyof typeof refusals;
