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
