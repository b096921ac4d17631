import { AmlDeitError } from '../errors/index.ts';
import type { RegistryResponse } from './registry-http.ts';

interface ErrorDocument {
  readonly errors?: readonly {
    readonly code?: string;
    readonly message?: string;
    readonly detail?: unknown;
  }[];
}

/** What a registry says in the form of its specification: codes and messages. */
export function registryErrors(body: Buffer): { readonly code: string; readonly message: string }[] {
  try {
    const { errors } = JSON.parse(body.toString('utf8')) as ErrorDocument;
    if (!Array.isArray(errors)) return [];
    return errors.map(({ code, message }) => ({ code: String(code ?? ''), message: String(message ?? '') }));
  } catch {
    return [];
  }
}

/** A registry's refusal as one of our errors, in its own words. */
export function registryError(what: string, registry: string, response: RegistryResponse): AmlDeitError {
  const errors = registryErrors(response.body);
  const words = errors
    .map(({ code, message }) => `${code}${message === '' ? '' : ` (${message})`}`)
    .join(', ');
  const message = `${registry} answered ${response.status} to ${what}${words === '' ? '' : `: ${words}`}`;
  const details = { registry, status: response.status, errors };
  if (response.status === 401 || response.status === 403) {
    return new AmlDeitError('REGISTRY_DENIED', message, {
      hint: `log in (\`docker login ${registry}\`, for Azure also \`az login\`), with an account that may do this`,
      details,
    });
  }
  if (response.status === 404) return new AmlDeitError('REGISTRY_NOT_FOUND', message, { details });
  return new AmlDeitError('REGISTRY_REFUSED', message, { details });
}
