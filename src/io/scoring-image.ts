import { packageVersion } from './package-paths.ts';

/** The product's own scoring image, without a registry host: `aml-deit/scorer:VERSION`. */
export function scoringImageName(): string {
  return `aml-deit/scorer:${packageVersion()}`;
}

/** Ports and routes of the scoring server, as Azure ML's inference server has them. */
export const scoringRoutes = {
  port: 5001,
  liveness: '/',
  readiness: '/ready',
  scoring: '/score',
} as const;

/**
 * Variables of glibc's allocator (mallopt(3)) for whatever decodes pictures: it otherwise keeps memory for each thread that
 * decodes, and puts large blocks where freed ones cannot go back to the system. docs/performance.md has what was measured.
 */
export const frugalAllocator = { MALLOC_ARENA_MAX: '2', MALLOC_MMAP_THRESHOLD_: '131072' } as const;
