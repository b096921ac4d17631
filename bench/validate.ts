/**
 * `validate` and `sku check` against azure-ai-ml's loaders and against bare node: whole processes for start-up,
 * interleaved; 1,000 documents in one process for throughput and memory.
 * Usage: npm run bench:validate [-- RUNS]; AZURE_AI_ML_PYTHON names a Python that has azure-ai-ml.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { machine, median } from './machine.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'bin', 'run.js');
const loader = join(root, 'test', 'conformance', 'python', 'load_documents.py');
const python = process.env['AZURE_AI_ML_PYTHON'];
const runs = Number(process.argv[2] ?? 15);
const wanted = 1000;

interface Validated {
  readonly files: readonly { readonly file: string; readonly kinds: readonly string[] }[];
  readonly summary: { readonly errors: number };
}

/** Kinds that azure-ai-ml has a loader for. */
const peerKinds = new Set([
  'managedOnlineEndpoint',
  'managedOnlineDeployment',
  'batchEndpoint',
  'modelBatchDeployment',
  'pipelineComponentBatchDeployment',
  'pipelineJob',
  'commandJob',
  'commandComponent',
  'pipelineComponent',
  'model',
  'environment',
  'data',
  'amlCompute',
]);

function run(file: string, args: readonly string[]): { readonly ms: number; readonly stdout: string } {
  const begin = performance.now();
  const { status, stdout, stderr, error } = spawnSync(file, args, { encoding: 'utf8', maxBuffer: 2 ** 28 });
  const ms = performance.now() - begin;
  if (status !== 0 && status !== 3)
    throw error ?? new Error(`${args.join(' ')} exited with ${status}: ${stderr}`);
  return { ms, stdout };
}

/** One project as `generate` writes it: the documents that the peer can load as well. */
function makeProject(folder: string): { readonly file: string; readonly kind: string }[] {
  for (const what of ['online', 'batch', 'finetune', 'evaluate', 'environment', 'model', 'compute']) {
    run(process.execPath, [cli, 'generate', what, '--out', folder]);
  }
  const { stdout } = run(process.execPath, [cli, 'validate', folder, '--json']);
  const { files, summary } = JSON.parse(stdout) as Validated;
  if (summary.errors > 0) throw new Error(`a generated document is wrong: ${stdout}`);
  const documents = files.flatMap(({ file, kinds: [kind = ''] }) =>
    peerKinds.has(kind) ? [{ file, kind }] : [],
  );
  for (const { file } of files) {
    if (!documents.some((document) => document.file === file)) rmSync(file);
  }
  return documents;
}

const folder = mkdtempSync(join(tmpdir(), 'aml-deit-bench-'));
try {
  const project = join(folder, 'one');
  mkdirSync(project);
  const documents = makeProject(project);
  const many = join(folder, 'many');
  const requests: { readonly kind: string; readonly text: string; readonly file: string }[] = [];
  for (let copy = 0; requests.length < wanted; copy += 1) {
    const target = join(many, String(copy).padStart(4, '0'));
    cpSync(project, target, { recursive: true });
    for (const { file, kind } of documents) {
      const path = join(target, basename(file));
      if (requests.length < wanted) requests.push({ kind, text: readFileSync(path, 'utf8'), file: path });
      else rmSync(path);
    }
  }

  console.log(machine());
  console.log(`${wanted} documents: ${documents.map(({ file }) => basename(file)).join(', ')} and copies`);

  const own = Array.from({ length: 5 }, () => {
    const { stdout } = run(process.execPath, [join(root, 'bench', 'validate-once.mjs'), many]);
    return JSON.parse(stdout) as { readonly ms: number; readonly maxRssMb: number; readonly checked: number };
  });
  if (own.some(({ checked }) => checked !== wanted)) throw new Error('not all documents were checked');
  const ownMs = median(own.map(({ ms }) => ms));
  const ownMb = Math.max(...own.map(({ maxRssMb }) => maxRssMb));
  console.log(`aml-deit, ${wanted} in one process: ${ownMs.toFixed(0)} ms, ${ownMb.toFixed(0)} MB at most`);

  const deployment = requests.find(({ kind }) => kind === 'managedOnlineDeployment');
  const single = deployment?.file ?? '';
  const requestFile = join(folder, 'requests.json');
  const answerFile = join(folder, 'answers.json');
  const askPeer = (asked: readonly object[]): ReturnType<typeof run> => {
    writeFileSync(requestFile, JSON.stringify(asked));
    return run(python ?? '', [loader, requestFile, answerFile, '--seconds']);
  };
  if (python === undefined)
    console.log('azure-ai-ml: not measured; AZURE_AI_ML_PYTHON names a Python that has it');
  else {
    askPeer(requests.slice(0, 10));
    const peerMs = Number(askPeer(requests).stdout) * 1000;
    const refused = (JSON.parse(readFileSync(answerFile, 'utf8')) as unknown[]).filter(
      (answer) => answer !== null,
    );
    console.log(
      `azure-ai-ml, the same, without its import: ${peerMs.toFixed(0)} ms (${refused.length} refused); ratio ${(peerMs / ownMs).toFixed(0)}`,
    );
  }

  const cases: readonly (readonly [string, () => { readonly ms: number }])[] = [
    ['bare node', () => run(process.execPath, ['-e', '0'])],
    ['validate, one file', () => run(process.execPath, [cli, 'validate', single])],
    [
      'sku check',
      () => run(process.execPath, [cli, 'sku', 'check', 'Standard_D4as_v4', '--for', 'inference']),
    ],
    ...(python === undefined
      ? []
      : [['azure-ai-ml, one file', () => askPeer(requests.filter(({ file }) => file === single))] as const]),
  ];
  const times = new Map<string, number[]>(cases.map(([name]) => [name, []]));
  for (let count = -1; count < runs; count += 1) {
    for (const [name, measure] of cases) {
      const { ms } = measure();
      // Run -1 warms the compile cache and the disk.
      if (count >= 0) times.get(name)?.push(ms);
    }
  }
  // The least of all runs is what the machine takes when nothing else runs: others may share it.
  const least = (values: readonly number[] = []): number => Math.min(...values);
  const bare = times.get('bare node') ?? [];
  const peer = times.get('azure-ai-ml, one file');
  for (const [name, values] of times) {
    const over = `${(median(values) - median(bare)).toFixed(0)} (least ${(least(values) - least(bare)).toFixed(0)}) over bare node`;
    const ratio =
      peer === undefined ? '' : `, ${(median(peer) / median(values)).toFixed(1)} x faster than azure-ai-ml`;
    console.log(
      `${name.padEnd(22)} ${median(values).toFixed(0).padStart(5)} ms (least ${least(values).toFixed(0)}), ${over}${ratio}`,
    );
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
