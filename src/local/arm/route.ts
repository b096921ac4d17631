import type { Surface } from '../http/authenticate.ts';

export interface RouteOptions {
  /** Whose tokens are good: ARM's audiences, or the data plane's as well. Default `arm`. */
  readonly surface?: Surface;
  /** Whether the query must name an api-version. Default true, as ARM's gateway has it. */
  readonly apiVersion?: boolean;
}

/** Method, path template and what differs from an operation of ARM. */
export type Route = readonly [method: string, path: string, options?: RouteOptions];
