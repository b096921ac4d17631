/** The marks that aml-deit leaves on what it makes; there is no other state than what the service keeps. */
export const assetTags = {
  /** On models: SHA-256 of the package's content. */
  modelContent: 'aml-deit.content-sha256',
  /** On models: how many classes there are, for the smoke test. */
  labelCount: 'aml-deit.labels',
  /** On models: `multiclass` or `multilabel`. */
  task: 'aml-deit.task',
  /** On models: the checkpoint that the package was exported from, and the SHA-256 of its weights. */
  source: 'aml-deit.source',
  weights: 'aml-deit.weights-sha256',
  /** On models: `fp32` or `int8`. */
  precision: 'aml-deit.precision',
  /** On models: how pictures are prepared. */
  profile: 'aml-deit.profile',
  /** On models: name and version of what wrote the package. */
  exporter: 'aml-deit.exporter',
  /** On deployments: SHA-256 of the specification; whoever has it was made by aml-deit. */
  specification: 'aml-deit.spec-sha256',
} as const;

/** What has to be taken out of tags before they are compared with those that a user wants. */
export const isOwnTag = (name: string): boolean => name.startsWith('aml-deit.');
