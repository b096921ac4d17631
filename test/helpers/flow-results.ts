import type { FlowResult } from './client-flows.ts';

/** What README's table says of one client. */
export interface ClientResults {
  readonly client: string;
  readonly version: string;
  readonly flows: readonly { readonly flow: string; readonly result: string }[];
}

/** The results as the golden file has them; a flow that the client cannot express has its reason in their place. */
export function describeResults(
  client: { readonly client: string; readonly version: string },
  names: readonly string[],
  results: ReadonlyMap<string, FlowResult>,
  notExpressible: Readonly<Record<string, string>> = {},
): string {
  const described: ClientResults = {
    ...client,
    flows: [
      ...names.map((flow) => ({ flow, result: results.get(flow)?.error === null ? 'passes' : 'fails' })),
      ...Object.entries(notExpressible).map(([flow, reason]) => ({ flow, result: reason })),
    ],
  };
  return `${JSON.stringify(described, null, 1)}\n`;
}
