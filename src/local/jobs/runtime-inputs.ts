import type { DatastoreContext } from '../storage/datastores.ts';
import { fillEmbedded } from './expressions.ts';
import type { InputSource } from './job-spec.ts';
import { placeUri } from './output-place.ts';
import type { RuntimeInput, RuntimeInputs } from './run-context.ts';
import { RunFailure } from './run-failure.ts';
import type { RunOutput } from './run-record.ts';

export interface InputScope {
  readonly context: DatastoreContext;
  /** What the pipeline around was given. */
  readonly parent: RuntimeInputs;
  /** Outputs of a node that has completed, with its run. */
  readonly node: (
    name: string,
  ) => { readonly runId: string; readonly outputs: Readonly<Record<string, RunOutput>> } | undefined;
}

function withMode(input: RuntimeInput, mode: 'download' | 'direct' | null): RuntimeInput {
  return input.type === 'literal' || mode === null ? input : { ...input, mode };
}

function valueOf(source: InputSource, scope: InputScope, name: string): RuntimeInput | undefined {
  switch (source.from) {
    case 'data':
      return { type: 'data', dataType: source.dataType, uri: source.uri, mode: source.mode };
    case 'parentInput': {
      const input = scope.parent[source.name];
      return input === undefined ? undefined : withMode(input, source.mode);
    }
    case 'nodeOutput': {
      const run = scope.node(source.node);
      const output = run?.outputs[source.output];
      if (run === undefined || output === undefined)
        throw new RunFailure(
          'SystemError',
          `the node ${source.node} has no output ${source.output} for the input ${name}`,
        );
      // By the run that made it: what a step left empty is no missing data.
      const uri =
        source.mode === 'direct'
          ? (placeUri(scope.context, output.place, output.dataType !== 'uri_file') ?? '')
          : `azureml://jobs/${run.runId}/outputs/${source.output}`;
      return { type: 'data', dataType: output.dataType, uri, mode: source.mode ?? 'download' };
    }
    case 'literal':
      break;
  }
  const text = fillEmbedded(source.text, (parent) => {
    const input = scope.parent[parent];
    return input?.type === 'literal' ? input.text : input?.uri;
  });
  return { type: 'literal', text };
}

/** The values of a step's inputs, now that what they refer to is there. Those that are absent are left out. */
export function runtimeInputs(
  sources: Readonly<Record<string, InputSource>>,
  scope: InputScope,
): RuntimeInputs {
  return Object.fromEntries(
    Object.entries(sources).flatMap(([name, source]) => {
      const value = valueOf(source, scope, name);
      return value === undefined ? [] : [[name, value]];
    }),
  );
}
