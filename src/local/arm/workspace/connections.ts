import { notFound } from '../../http/service-error.ts';
import { parameter } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';

/** The twin makes no connections: there are none to list, and none is found. */
export const connectionHandlers = {
  'connection.list': () => ({ status: 200, body: { value: [] } }),
  'connection.get': (request) => {
    throw notFound(`Connection ${parameter(request, 'name')} was not found in this workspace.`);
  },
  'connection.delete': () => ({ status: 204 }),
} as const satisfies Record<string, ArmHandler>;
