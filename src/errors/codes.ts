/**
 * Every error code of aml-deit in one place. README's table and the tests derive from it.
 * `kind` decides the exit code (see {@link exitCodes}); `summary` says what the code means, not what happened.
 */

export type ErrorKind = 'failure' | 'usage' | 'invalid' | 'auth' | 'timeout' | 'interrupted';

export const exitCodes = {
  failure: 1,
  usage: 2,
  invalid: 3,
  auth: 4,
  timeout: 5,
  interrupted: 130,
} as const satisfies Record<ErrorKind, number>;

interface ErrorCodeEntry {
  readonly kind: ErrorKind;
  readonly summary: string;
}

export const errorCodes = {
  // General
  INTERNAL: { kind: 'failure', summary: 'a defect of aml-deit itself' },
  USAGE: { kind: 'usage', summary: 'a flag or argument is missing, unknown or malformed' },
  INTERRUPTED: {
    kind: 'interrupted',
    summary: 'stopped by a signal or an abort signal; running again continues',
  },
  PEER_MISSING: { kind: 'failure', summary: 'an optional package that this command needs is not installed' },
  FILE_NOT_FOUND: { kind: 'invalid', summary: 'a file or folder that was named does not exist' },
  FILE_UNREADABLE: { kind: 'invalid', summary: 'a file or folder exists but cannot be read' },
  OUTPUT_EXISTS: { kind: 'invalid', summary: 'something is there that would be overwritten' },
  OUTPUT_IN_USE: { kind: 'failure', summary: 'another process is writing the same rows to the same folder' },
  // Checkpoints and model packages
  SAFETENSORS_INVALID: {
    kind: 'invalid',
    summary: 'a safetensors file is truncated, is none, or contradicts itself',
  },
  TORCH_FILE_INVALID: {
    kind: 'invalid',
    summary: 'a file of PyTorch is truncated, is none, or contradicts itself',
  },
  PICKLE_REFUSED: {
    kind: 'invalid',
    summary: "a file of PyTorch imports, calls or holds what no model's weights need",
  },
  CHECKPOINT_INVALID: {
    kind: 'invalid',
    summary: "a checkpoint's config, tensors and labels do not fit together",
  },
  EXPORT_OPTIONS_INVALID: {
    kind: 'invalid',
    summary: 'what is asked of an export contradicts itself or the checkpoint',
  },
  LABELS_INVALID: {
    kind: 'invalid',
    summary: 'a file of labels is malformed, or has not as many as the classifier has rows',
  },
  VERIFY_OPTIONS_INVALID: {
    kind: 'invalid',
    summary: 'what a package is to be held against cannot be compared with it',
  },
  AGREEMENT_TOO_LOW: {
    kind: 'invalid',
    summary: 'a package does not answer enough pictures as the one that it is held against',
  },
  OUTPUT_NOT_WRITTEN: {
    kind: 'failure',
    summary: 'the output folder cannot be written: no space, no permission',
  },
  MODEL_UNSUPPORTED: { kind: 'invalid', summary: 'a checkpoint is of a kind that aml-deit does not export' },
  HUB_NOT_FOUND: { kind: 'invalid', summary: 'the Hugging Face hub has no such model, revision or file' },
  HUB_UNREACHABLE: {
    kind: 'failure',
    summary: 'the Hugging Face hub does not answer, or a download broke off; running again continues',
  },
  HUB_FILE_DAMAGED: {
    kind: 'invalid',
    summary: 'what the Hugging Face hub or its cache gives is not what its hash says',
  },
  // Training
  TRAINING_DATA_INVALID: {
    kind: 'invalid',
    summary:
      'the rows cannot train a classifier: one class only, shapes that differ, a value that is no number',
  },
  DATA_INVALID: {
    kind: 'invalid',
    summary: 'a source of labelled pictures cannot be understood, is damaged, or has nothing to learn from',
  },
  // Evaluation
  EVALUATION_DATA_INVALID: {
    kind: 'invalid',
    summary: 'truth, predictions and probabilities of an evaluation do not fit together, or there are none',
  },

  // Target and Azure
  TARGET_NOT_NAMED: {
    kind: 'usage',
    summary: 'no workspace is configured, there is no terminal, and --target does not say which is meant',
  },
  TARGET_NOT_CONFIGURED: {
    kind: 'invalid',
    summary: 'the target is azure, and subscription, resource group or workspace is not known',
  },
  TARGET_CONFIG_INVALID: {
    kind: 'invalid',
    summary: 'aml-deit.yml, config.json or AZURE_CLOUD cannot be understood',
  },
  FAULT_INVALID: {
    kind: 'invalid',
    summary: "a fault rule for the local twin names what is not there, or is not a rule's",
  },
  TWIN_NOT_RUNNING: { kind: 'failure', summary: 'the local twin does not answer and could not be started' },
  AUTH_NO_CREDENTIAL: { kind: 'auth', summary: 'no credential for Azure was found or none gave a token' },
  AUTH_DENIED: { kind: 'auth', summary: 'the service answered 401 or 403' },
  AZURE_NOT_FOUND: { kind: 'failure', summary: 'the service does not know the resource' },
  AZURE_CONFLICT: { kind: 'failure', summary: 'the service refused because of what is there (409 or 412)' },
  AZURE_UNREACHABLE: { kind: 'failure', summary: 'the service could not be reached over the network' },
  AZURE_REQUEST_FAILED: { kind: 'failure', summary: 'the service answered with another error' },
  OPERATION_FAILED: { kind: 'failure', summary: 'a long-running operation ended as Failed or Canceled' },
  OPERATION_TIMED_OUT: {
    kind: 'timeout',
    summary: 'a long-running operation did not end in time; it goes on and can be resumed',
  },
  ADDRESS_INVALID: {
    kind: 'invalid',
    summary:
      'an address is none of files in this workspace: a datastore path, a model, data, or an output of a job',
  },
  DATASTORE_UNSUPPORTED: { kind: 'failure', summary: 'a datastore is not of type AzureBlob' },
  DOWNLOAD_FAILED: {
    kind: 'failure',
    summary: 'files could not be fetched: unsafe names, a hash that differs, or replaced meanwhile',
  },
  UPLOAD_FAILED: { kind: 'failure', summary: 'files could not be sent to the blob store' },
  // Deployments
  NAME_INVALID: { kind: 'invalid', summary: "a name breaks Azure ML's rules for what it names" },
  GENERATE_OPTIONS_INVALID: {
    kind: 'invalid',
    summary: 'what is to be generated is incomplete or contradicts itself',
  },
  DEPLOY_OPTIONS_INVALID: {
    kind: 'invalid',
    summary: 'what is to be deployed is incomplete or contradicts itself',
  },
  ASSET_NOT_FOUND: { kind: 'invalid', summary: 'a model or environment that was named is not registered' },
  DOCUMENT_INVALID: {
    kind: 'invalid',
    summary: 'a YAML document has errors; each is printed with its place',
  },
  SKU_REFUSED: { kind: 'invalid', summary: 'the VM size cannot be used with this model' },
  QUOTA_FILE_INVALID: {
    kind: 'invalid',
    summary: "a file of quotas is not what Azure's tools print with -o json",
  },
  CARD_FILE_INVALID: {
    kind: 'invalid',
    summary: "a file is not a model's metadata, or nothing is known of a version of it",
  },
  LOCK_INVALID: { kind: 'invalid', summary: 'aml-deit.lock is damaged, or a card lacks what a lock holds' },
  IMAGE_NOT_GIVEN: {
    kind: 'invalid',
    summary: 'a deployment to Azure needs the reference of a pushed scoring image',
  },
  DEPLOYMENT_FAILED: { kind: 'failure', summary: 'the new revision did not become healthy' },
  SMOKE_TEST_FAILED: {
    kind: 'failure',
    summary: 'the new revision is healthy, but does not classify a picture',
  },
  DEPLOY_CONFLICT: { kind: 'failure', summary: 'somebody else changed the endpoint meanwhile' },
  // Pictures, model packages and inference
  PREPROCESSOR_INVALID: {
    kind: 'invalid',
    summary: 'a preprocessor_config.json is malformed or asks for something that is not supported',
  },
  IMAGE_INVALID: {
    kind: 'invalid',
    summary: 'a picture is none, damaged, of an unsupported format, or too large',
  },
  PACKAGE_NOT_FOUND: { kind: 'invalid', summary: 'no model package where one was expected, or several' },
  PACKAGE_INVALID: { kind: 'invalid', summary: 'a model package is incomplete or its manifest is wrong' },
  MODEL_LOAD_FAILED: { kind: 'invalid', summary: 'the inference runtime refuses the model' },
  INFERENCE_CRASHED: { kind: 'failure', summary: 'the process that runs the model ended unexpectedly' },
  PREPARING_CRASHED: {
    kind: 'failure',
    summary: 'the thread that decodes and resizes pictures ended unexpectedly',
  },
  URL_REFUSED: { kind: 'invalid', summary: 'a web address that pictures are not fetched from' },
  URL_UNREACHABLE: { kind: 'failure', summary: 'no picture could be fetched from a web address' },
  // Batch scoring
  INPUT_EMPTY: { kind: 'invalid', summary: 'a folder or table that is to be scored holds no picture' },
  INPUT_CHANGED: {
    kind: 'failure',
    summary: 'the folder that is scored changes so that rows would be missing or doubled',
  },
  TABLE_INVALID: {
    kind: 'invalid',
    summary: 'a table of pictures cannot be read, or lacks the column that was named',
  },
  ROW_INVALID: { kind: 'invalid', summary: 'a row of a table holds no picture, or cannot be read' },
  ERROR_THRESHOLD_EXCEEDED: {
    kind: 'failure',
    summary: 'more pictures failed than a batch may have',
  },
  // Scoring server
  SERVING_CONFIG_INVALID: {
    kind: 'invalid',
    summary: "a variable of the scoring container's environment cannot be understood",
  },
  PORT_IN_USE: { kind: 'failure', summary: 'another process listens on the port' },
  LISTEN_FAILED: {
    kind: 'failure',
    summary: 'the address is none of this machine, or the port needs more rights',
  },

  // Endpoints and scoring
  ENDPOINT_NOT_FOUND: { kind: 'failure', summary: 'the workspace has no online endpoint of this name' },
  DEPLOYMENT_NOT_FOUND: {
    kind: 'failure',
    summary: 'the endpoint has no such deployment, or it is not clear which is meant',
  },
  TRAFFIC_INVALID: {
    kind: 'invalid',
    summary: 'the traffic does not sum to 100 or 0, or names a deployment that is not there',
  },
  NOT_CONFIRMED: { kind: 'usage', summary: 'a deletion was not confirmed, or nobody could be asked' },
  SCORING_FAILED: {
    kind: 'failure',
    summary: 'the endpoint or the model behind it answered a scoring request with an error',
  },
  RESPONSE_INVALID: { kind: 'failure', summary: 'the scoring answer is not that of an image classifier' },
  IMAGE_TOO_LARGE: { kind: 'invalid', summary: 'a picture file is larger than a request may be' },
  // Jobs
  JOB_NOT_FOUND: { kind: 'failure', summary: 'the workspace has no job of this name' },
  JOB_FAILED: { kind: 'failure', summary: 'a job that was waited for ended as Failed' },
  JOB_OUTPUT_MISSING: {
    kind: 'failure',
    summary: 'a job has completed without an output that is wanted of it',
  },
  JOB_CANCELED: { kind: 'failure', summary: 'a job that was waited for was canceled' },
  COMPUTE_NOT_FOUND: { kind: 'invalid', summary: 'the workspace has no compute of this name' },
  COMPONENT_UNKNOWN: { kind: 'usage', summary: 'there is no local stand-in for a component of this name' },
  COMPONENT_INPUT_INVALID: {
    kind: 'invalid',
    summary: 'an input or output of a component is missing, unknown or of another type',
  },
  MLFLOW_FAILED: { kind: 'failure', summary: 'metrics could not be logged to MLflow' },
  // Container images and registries
  IMAGE_REFERENCE_INVALID: { kind: 'invalid', summary: 'a text is not the name of a container image' },
  IMAGE_BASE_UNFIT: {
    kind: 'invalid',
    summary: 'a base image cannot carry the scoring image: no digest, no shell, no C++ library, musl',
  },
  IMAGE_OPTIONS_INVALID: {
    kind: 'invalid',
    summary: 'what is to be built or pushed is incomplete or contradicts itself',
  },
  OCI_IMAGE_INVALID: {
    kind: 'invalid',
    summary: 'a container image is damaged, incomplete or of an unsupported kind',
  },
  IMAGE_PACKAGE_MISSING: {
    kind: 'failure',
    summary: "a package for the image's platform is not installed and npm did not give it",
  },
  REGISTRY_CREDENTIALS_INVALID: {
    kind: 'auth',
    summary: "docker's configuration, or a credential helper that it names, cannot be used",
  },
  REGISTRY_DENIED: { kind: 'auth', summary: 'the container registry answered 401 or 403' },
  REGISTRY_NOT_FOUND: { kind: 'failure', summary: 'the container registry does not have the image' },
  REGISTRY_UNREACHABLE: {
    kind: 'failure',
    summary: 'the container registry could not be reached over the network',
  },
  REGISTRY_REFUSED: { kind: 'failure', summary: 'the container registry answered with another error' },
  // The local twin
  TWIN_ALREADY_RUNNING: { kind: 'failure', summary: 'another local twin uses the same folder' },
  TWIN_PORT_TAKEN: { kind: 'failure', summary: 'the port that was asked for is taken' },
  TWIN_START_FAILED: { kind: 'failure', summary: 'the local twin did not start' },
  TWIN_STOP_FAILED: { kind: 'failure', summary: 'the local twin did not end' },
  TWIN_IMPORT_FAILED: { kind: 'failure', summary: "a model could not be put into the local twin's registry" },
} as const satisfies Record<string, ErrorCodeEntry>;

export type ErrorCode = keyof typeof errorCodes;
