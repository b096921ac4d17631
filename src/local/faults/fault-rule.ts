/** Which events a rule is about, and which of those it hits. Everything left out matches anything. */
export interface FaultMatch {
  /** Name of an operation (`onlineDeployment.put`, `blob.put`, `online.invoke`); `*` stands for any part. */
  readonly operation?: string;
  readonly method?: string;
  /**
   * Path without its query, compared without case: `*` is one segment or part of one, `**` any number. Without a
   * leading `/` it is matched from the end: `onlineEndpoints/pets/deployments/*`.
   */
  readonly path?: string;
  /** So many matching events pass first. Default 0. */
  readonly after?: number;
  /** So many are hit then. Default: all of them, until the rule is cleared. */
  readonly times?: number;
  /** Chance of each one to be hit, 0 to 1; drawn from `seed`, the same every time. Default 1. */
  readonly probability?: number;
  readonly seed?: number;
}

/** What goes wrong. Requests are hit when they arrive, operations when their work begins, processes when they start. */
export type FaultEffect =
  /** An answer in place of the service's; nothing is done. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly code?: string;
      readonly message?: string;
    }
  /** The request waits, and is handled then. */
  | { readonly kind: 'delay'; readonly ms: number }
  /** The connection is cut and nothing is done. */
  | { readonly kind: 'drop-before' }
  /** The request is done, and the connection is cut in place of the answer. */
  | { readonly kind: 'drop-after' }
  /** A blob request is refused as one whose signature has expired. */
  | { readonly kind: 'sas-expired' }
  /** A deployment or cluster is refused for want of quota. */
  | { readonly kind: 'quota' }
  /** The operation stays `Updating` until the rule is cleared, or for so long, and goes on then. */
  | { readonly kind: 'operation-stuck'; readonly ms?: number }
  /** The operation ends as Failed and its resource with it. */
  | {
      readonly kind: 'operation-failed';
      readonly code?: string;
      readonly message?: string;
      readonly details?: readonly { readonly code: string; readonly message: string }[];
    }
  /** The image of a deployment cannot be pulled. */
  | { readonly kind: 'image-pull' }
  /** A scoring process ends as soon as it has started. */
  | { readonly kind: 'crash-at-start' }
  /** A scoring process ends so long after it became ready. Default 1000 ms. */
  | { readonly kind: 'crash-after-ready'; readonly ms?: number }
  /** A scoring process's readiness probe fails while the rule is there. */
  | { readonly kind: 'never-ready' }
  /**
   * The node under a job goes away, and the job fails. With `ms`, one node of several (`rank`, the last by default) goes
   * so long after the start, and another takes its place: what a preempted node of a cluster is.
   */
  | { readonly kind: 'node-killed'; readonly ms?: number; readonly rank?: number };

export type FaultKind = FaultEffect['kind'];

/** One rule: what goes wrong, and when. */
export type FaultRule = FaultMatch & FaultEffect;

/** Where in the twin a fault happens; each kind has its place. */
export type FaultSite = 'request' | 'operation' | 'image' | 'process' | 'node';

export const faultSites = {
  status: 'request',
  delay: 'request',
  'drop-before': 'request',
  'drop-after': 'request',
  'sas-expired': 'request',
  quota: 'request',
  'operation-stuck': 'operation',
  'operation-failed': 'operation',
  'image-pull': 'image',
  'crash-at-start': 'process',
  'crash-after-ready': 'process',
  'never-ready': 'process',
  'node-killed': 'node',
} as const satisfies Record<FaultKind, FaultSite>;

/** What a rule without an operation is about, where anything would make no sense. */
export const defaultOperations: Partial<Record<FaultKind, readonly string[]>> = {
  'sas-expired': ['blob.*'],
  quota: ['onlineDeployment.put', 'compute.put'],
};

/** Something that a fault may hit. */
export interface FaultEvent {
  readonly operation: string;
  readonly method: string;
  readonly path: string;
}

/** A rule that is in force, and what became of it. */
export interface FaultReport {
  readonly id: string;
  readonly rule: FaultRule;
  /** Events that it was about, and those of them that it hit. */
  readonly matched: number;
  readonly hits: number;
}
