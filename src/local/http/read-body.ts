import type { IncomingMessage } from 'node:http';
import { ServiceError } from './service-error.ts';

/** ARM takes no more. */
export const maxArmBodyBytes = 4 * 1024 * 1024;

function badContent(message: string): ServiceError {
  return new ServiceError(400, 'InvalidRequestContent', message, { source: 'gateway' });
}

/** The JSON body of a request, undefined when it has none. Bounded: a greater one is refused before it is read. */
export async function readJsonBody(incoming: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of incoming) {
    bytes += (chunk as Buffer).length;
    if (bytes > maxArmBodyBytes)
      throw new ServiceError(
        413,
        'RequestContentTooLarge',
        `The request content exceeds ${maxArmBodyBytes} bytes.`,
        {
          source: 'gateway',
        },
      );
    chunks.push(chunk as Buffer);
  }
  if (bytes === 0) return undefined;
  const type = incoming.headers['content-type'];
  if (type !== undefined && !/^application\/(?:[\w.-]+\+)?json\s*(?:;|$)/i.test(type.trim()))
    throw new ServiceError(
      415,
      'UnsupportedMediaType',
      `The content media type '${type.slice(0, 80)}' is not supported. Only 'application/json' is supported.`,
      { source: 'gateway' },
    );
  let value: unknown;
  try {
    value = JSON.parse(Buffer.concat(chunks).toString('utf8'));
  } catch (error) {
    throw badContent(
      `The request content was invalid and could not be deserialized: ${(error as Error).message}.`,
    );
  }
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw badContent('The request content was invalid: expected a JSON object.');
  return value;
}
