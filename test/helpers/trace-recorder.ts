import { execFileSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { AzureMachineLearningWorkspaces } from '@azure/arm-machinelearning';

/** One exchange in the form that `compare.py` reads. */
export interface TracedExchange {
  readonly method: string;
  readonly url: string;
  readonly status: number;
  readonly headers: readonly string[];
  readonly body?: unknown;
  readonly response: {
    readonly headers: Readonly<Record<string, string>>;
    readonly body: unknown;
    readonly length: number;
    readonly streamed: boolean;
  };
}

function parseJson(text: string | null | undefined): unknown {
  if (text === null || text === undefined || text === '') return null;
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** Records every exchange of a client of the Azure SDK, retries and polls included, in order. */
export function recordTrace(client: AzureMachineLearningWorkspaces): TracedExchange[] {
  const trace: TracedExchange[] = [];
  client.pipeline.addPolicy(
    {
      name: 'recordTrace',
      async sendRequest(request, next) {
        const response = await next(request);
        const text = response.bodyAsText ?? '';
        const body = typeof request.body === 'string' ? { body: parseJson(request.body) } : {};
        trace.push({
          method: request.method,
          url: request.url,
          status: response.status,
          headers: Object.keys(request.headers.toJSON()),
          ...body,
          response: {
            headers: response.headers.toJSON(),
            body: parseJson(text),
            length: Buffer.byteLength(text),
            streamed: false,
          },
        });
        return response;
      },
    },
    { afterPhase: 'Sign' },
  );
  return trace;
}

/** The folder with the recorded shapes, where this checkout has one beside it. */
export function findRecordedShapes(): string | undefined {
  const root = resolve(import.meta.dirname, '..', '..');
  return [join(dirname(root), 'shared', 'recorded'), join(dirname(dirname(root)), 'shared', 'recorded')].find(
    (folder) => existsSync(join(folder, 'compare.py')),
  );
}

export function hasPython(): boolean {
  try {
    execFileSync('python3', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
}

/** Holds a trace against the recorded shapes; returns what the comparison printed and whether enough of it matched. */
export function compareTrace(
  folder: string,
  directory: string,
  flows: readonly { readonly flow: string; readonly trace: readonly TracedExchange[] }[],
): { readonly passed: boolean; readonly output: string } {
  const file = join(directory, 'trace.json');
  writeFileSync(file, JSON.stringify(flows));
  try {
    const output = execFileSync('python3', [join(folder, 'compare.py'), file, '--min', '95'], {
      encoding: 'utf8',
    });
    return { passed: true, output };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, output: `${stdout}${stderr}` };
  }
}
