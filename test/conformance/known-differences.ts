import type { Mismatch } from '../helpers/recorded-shapes.ts';

/** An answer of the twin that the service was never recorded with, and why it is right or does not matter. */
export interface KnownDifference extends Mismatch {
  readonly reason: string;
  /** Whose flows show it. */
  readonly clients: readonly ('azure-ai-ml' | 'arm-machinelearning')[];
}

export const knownDifferences: readonly KnownDifference[] = [
  {
    operation: 'environment.version.put',
    status: 409,
    what: 'a status that was never recorded',
    reason:
      'no recording changes a version of an environment; azure-ai-ml takes the next version on a 409, and on nothing else',
    clients: ['azure-ai-ml', 'arm-machinelearning'],
  },
  {
    operation: 'component.versions.list',
    status: 200,
    what: '/value/*/properties/componentSpec/$schema is missing',
    reason:
      'every recorded component was made from a YAML that names its schema; the flows make some without',
    clients: ['azure-ai-ml', 'arm-machinelearning'],
  },
];
