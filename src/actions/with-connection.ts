import type { AzureMl, CallOptions } from '../azure/index.ts';
import type { ActionContext } from '../io/index.ts';
import { connect } from './connect.ts';
import type { ConnectOptions } from './connect.ts';

export interface EndpointOptions extends ConnectOptions, ActionContext {
  readonly endpoint: string;
}

/** Connects, uses the connection, and closes it whatever happens. */
export async function withConnection<T>(
  options: ConnectOptions & ActionContext,
  use: (aml: AzureMl, call: CallOptions) => Promise<T>,
): Promise<T> {
  const aml = await connect(options);
  try {
    return await use(aml, options.signal === undefined ? {} : { signal: options.signal });
  } finally {
    aml.close();
  }
}
