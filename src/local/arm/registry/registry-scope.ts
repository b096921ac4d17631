import { ServiceError } from '../../http/service-error.ts';
import { parameter } from '../handler.ts';
import type { ArmRequest } from '../handler.ts';

/** The one registry that the twin has. */
export const registryName = 'azureml';

export function isRegistry(name: string): boolean {
  return name.toLowerCase() === registryName;
}

/** Recorded: a missing asset of a registry is a 404 `UserError` with its words in `message` and no details. */
export function missingInRegistry(message: string): ServiceError {
  return new ServiceError(404, 'UserError', message);
}

export function checkRegistry(request: ArmRequest): void {
  const registry = parameter(request, 'registry');
  if (!isRegistry(registry)) throw missingInRegistry(`Registry ${registry} not found.`);
}
