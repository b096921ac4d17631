import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { importRegistryModel, localEnv } from '../../src/index.ts';
import { scoringImageName } from '../../src/io/index.ts';
import { createTwin } from '../../src/testing.ts';
import type { Twin } from '../../src/testing.ts';
import { recordExchanges } from './record-exchanges.ts';
import { cardRequest, pictureText } from './score-requests.ts';
import { smallPackage } from './small-package.ts';
import type { TracedExchange } from './trace-recorder.ts';

/** How one flow went; `error` is what was raised, null where it passed. */
export interface FlowResult {
  readonly flow: string;
  readonly error: string | null;
  readonly seconds: number;
}

/** The names of the flows of one program, in their order, without running anything. */
export function flowNames(file: string): string[] {
  const text = readFileSync(file, 'utf8');
  return [...text.matchAll(/^(?:@flow\("(.*)"\)$|flow\('(.*)', )/gm)].map(
    ([, python, node]) => python ?? node ?? '',
  );
}

/** A twin of its own, and programs that know of it only what `local env` says. */
export interface FlowBench extends AsyncDisposable {
  readonly twin: Twin;
  /** What the twin answered so far, a list a program. */
  readonly traces: readonly { readonly flow: string; readonly trace: readonly TracedExchange[] }[];
  /** Runs a program that writes its results to the file that its last parameter names. */
  run(command: string, parameters: readonly string[]): Promise<ReadonlyMap<string, FlowResult>>;
}

export async function openFlowBench(): Promise<FlowBench> {
  const home = mkdtempSync(join(tmpdir(), 'aml-deit-flows-'));
  const directory = await smallPackage();
  const twin = await createTwin();
  const recorder = recordExchanges(() => twin.descriptor.port);
  const traces: { flow: string; trace: TracedExchange[] }[] = [];
  const { id } = await importRegistryModel({ directory, env: twin.env });
  const [, name = '', version = ''] = /\/models\/([^/]+)\/versions\/([^/]+)$/.exec(id) ?? [];
  const request = join(home, 'request.json');
  writeFileSync(request, JSON.stringify(cardRequest(await pictureText('waves'))));
  const { variables } = await localEnv({ env: twin.env });
  const { PATH = '', LANG = 'C.UTF-8', SYSTEMROOT } = process.env;
  const env = {
    PATH,
    LANG,
    ...(SYSTEMROOT === undefined ? {} : { SYSTEMROOT }),
    HOME: home,
    PYTHONDONTWRITEBYTECODE: '1',
    ...variables,
    FLOW_PACKAGE: directory,
    FLOW_IMAGE: scoringImageName(),
    FLOW_REQUEST: request,
    FLOW_REGISTRY_MODEL: name,
    FLOW_REGISTRY_VERSION: version,
  };
  recorder.take();
  return {
    twin,
    traces,
    async run(command, parameters) {
      const folder = mkdtempSync(join(home, 'run-'));
      const results = join(folder, 'results.json');
      await promisify(execFile)(command, [...parameters, results], {
        // Programs resolve packages from where they stand, and write only to their own folder.
        cwd: folder,
        maxBuffer: 64 * 1024 * 1024,
        env: { ...env, TMPDIR: folder },
      });
      traces.push({ flow: parameters.at(-1) ?? command, trace: recorder.take() });
      const all = JSON.parse(readFileSync(results, 'utf8')) as FlowResult[];
      return new Map(all.map((result) => [result.flow, result]));
    },
    async [Symbol.asyncDispose]() {
      recorder[Symbol.dispose]();
      await twin.close();
      rmSync(dirname(directory), { recursive: true, force: true });
      rmSync(home, { recursive: true, force: true });
    },
  };
}

/** Where a trace is kept, to be looked at when something does not match. */
export function traceFolder(client: string): string {
  const folder = resolve('node_modules', '.cache', 'conformance', client);
  mkdirSync(folder, { recursive: true });
  return folder;
}
