import type { IncomingHttpHeaders } from 'node:http';
import type { TwinServices } from '../services.ts';
import { findFaults } from '../http/validate.ts';
import type { BodyShape } from '../http/validate.ts';
import { userError } from '../http/service-error.ts';

export interface ArmRequest {
  readonly parameters: Readonly<Record<string, string>>;
  readonly query: URLSearchParams;
  readonly headers: IncomingHttpHeaders;
  readonly apiVersion: string;
  readonly body: unknown;
  /** `https://127.0.0.1:PORT`, or the loopback name that the client used. */
  readonly baseUrl: string;
  /** Path and query as they came. */
  readonly url: string;
}

export interface ArmResponse {
  readonly status: number;
  /** Left out: an empty body. Whatever it is goes out as JSON. */
  readonly body?: object | string | null;
  readonly headers?: Readonly<Record<string, string>>;
}

export type ArmHandler = (request: ArmRequest, services: TwinServices) => ArmResponse | Promise<ArmResponse>;

/** The request's body, checked; throws the service's 400 with every fault in `details`. */
export function readBody(request: ArmRequest, shape: BodyShape): unknown {
  const faults = findFaults(shape, request.body ?? {});
  if (faults.length > 0)
    throw userError(
      `The request is invalid: ${faults.map((fault) => fault.message).join('; ')}.`,
      faults.map((fault) => ({ code: 'RequestInvalid', message: `${fault.message}.` })),
    );
  return request.body ?? {};
}

export function parameter(request: ArmRequest, name: string): string {
  const value = request.parameters[name];
  if (value === undefined) throw new Error(`route without {${name}}`);
  return value;
}
