/**
 * Walks a workspace once from a folder of labelled pictures to answers: data, fine-tuning, evaluation, an online
 * endpoint, a batch endpoint; says before it begins what that will cost, and removes what it made, also when a step
 * fails or somebody interrupts it.
 *
 *     npx node examples/azure-smoke/smoke.ts --source fridgeObjects --image myregistry.azurecr.io/aml-deit-scorer:1
 *     npx node examples/azure-smoke/smoke.ts --source fridgeObjects --target local
 *
 * The workspace is found as by every command (AZURE_SUBSCRIPTION_ID and so on). --name begins the names of what is made;
 * --yes does not ask; --keep removes nothing. Killed so that it cannot clean up, it does so at the end of the next run.
 */
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AmlDeitError,
  deployBatch,
  evaluateModels,
  finetuneModel,
  invokeBatch,
  invokeOnline,
  prepareData,
} from 'aml-deit';
import type { Host } from 'aml-deit';
import { findMade, removeMade } from './clean-up.ts';
import { estimate, readPrices } from './cost.ts';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    out: { type: 'string', default: 'out/azure-smoke' },
    target: { type: 'string', default: 'azure' },
    region: { type: 'string', default: 'eastus' },
    name: { type: 'string', default: 'deit-smoke' },
    image: { type: 'string' },
    yes: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const { out, region, name } = values;
const target = values.target === 'local' ? 'local' : 'azure';
const source = values.source ?? '';
if (source === '') throw new Error('--source DIR: a folder of labelled pictures, a class a folder');
if (target === 'azure' && values.image === undefined)
  throw new Error('--image REF: the scoring image in a registry that the workspace can pull from');

const names = {
  endpoint: name,
  batchEndpoint: `${name}-batch`,
  trainingCluster: `${name}-gpu`,
  batchCluster: `${name}-cpu`,
};
const [training, online, batch] = [
  // A cluster counts from the start of its machines to two idle minutes after the last job.
  { what: 'fine-tuning and evaluation', sku: 'Standard_NC4as_T4_v3', machines: 1, minutes: 60 },
  { what: 'online endpoint', sku: 'Standard_D4as_v4', machines: 1, minutes: 45 },
  { what: 'batch endpoint', sku: 'Standard_D4as_v4', machines: 1, minutes: 20 },
] as const;
const uses = [training, online, batch];

const host: Host = {
  message: ({ text }) => console.error(text),
  progress({ state, text }) {
    if (state !== 'running') console.error(`${state}: ${text}`);
  },
  async confirm({ text }) {
    if (values.yes) return true;
    if (!process.stdin.isTTY) return false;
    const { createInterface } = await import('node:readline/promises');
    const prompt = createInterface({ input: process.stdin, output: process.stderr });
    const answer = await prompt.question(`${text} [y/N] `);
    prompt.close();
    return /^y(es)?$/i.test(answer.trim());
  },
};
const interrupt = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    console.error(
      interrupt.signal.aborted
        ? 'what was made is being removed: this takes minutes, and what stays is billed'
        : `${signal}: it ends here, and removes what was made`,
    );
    interrupt.abort();
  });
const where = { host, target } as const;
// Nothing is left running: a job whose walk is interrupted is canceled.
const context = { ...where, signal: interrupt.signal, onInterrupt: 'cancel' } as const;
const step = (text: string): void => console.log(`\n== ${text}`);

const prices = target === 'local' ? new Map<string, number>() : await readPrices(uses, region);
console.log(estimate(uses, prices, target, region));
console.log(`it makes, and removes: ${Object.values(names).join(', ')}`);
if (!values.yes && !(await host.confirm({ code: 'begin', text: 'begin?', defaultAnswer: false }))) {
  console.error('nothing was done: it was not confirmed (--yes does not ask)');
  process.exit(2);
}

// What an earlier run did not get round to removing is ours; anything else of these names is somebody's.
const mark = join(out, 'made.json');
if (!existsSync(mark)) {
  const found = await findMade(names, { ...where, signal: interrupt.signal });
  if (found.length > 0) {
    console.error(`there is already ${found.join(', ')}, which this did not make: take another --name`);
    process.exit(2);
  }
}
mkdirSync(out, { recursive: true });
writeFileSync(mark, `${JSON.stringify(names)}\n`);

try {
  const data = join(out, 'data');
  step('data: three splits, sent to the workspace');
  await prepareData({ source, out: data, task: 'multiclass', upload: name, ...context });

  step('fine-tune, register, deploy online');
  const tuned = await finetuneModel({
    task: 'multiclass',
    trainingData: join(data, 'train'),
    validationData: join(data, 'validation'),
    testData: join(data, 'test'),
    applyOrt: 'leave-out',
    epochs: 3,
    compute: names.trainingCluster,
    createCompute: true,
    sku: training.sku,
    modelName: name,
    packageOut: join(out, 'package'),
    deployTo: names.endpoint,
    deploySku: online.sku,
    ...(values.image === undefined ? {} : { deployImage: values.image }),
    ...context,
  });
  const { model, packageDirectory } = tuned;
  if (model === null || packageDirectory === null) throw new Error('the job was not waited for');
  console.log(`fine-tuned: ${model.name}:${model.version} by job ${tuned.job}`);

  step('evaluate');
  const report = await evaluateModels({
    task: 'multiclass',
    models: [`azureml:${model.name}:${model.version}`],
    testData: join(data, 'test'),
    out: join(out, 'report'),
    compute: names.trainingCluster,
    ...context,
  });
  console.log(`evaluated: accuracy ${report.models[0]?.metrics['accuracy'] ?? 'none'}`);

  const { pictures } = JSON.parse(readFileSync(join(data, 'data-manifest.json'), 'utf8')) as {
    pictures: { file: string; split: string; labels: string[] }[];
  };
  const test = pictures.filter(({ split }) => split === 'test');
  const [picture] = test;

  step('ask the online endpoint');
  const { results } = await invokeOnline({
    endpoint: names.endpoint,
    images: [join(data, 'images', picture?.file ?? '')],
    ...context,
  });
  const [answer] = results;
  if (answer?.ok !== true) throw new Error(`the online endpoint has no answer for ${picture?.file ?? '?'}`);
  console.log(`invoked: ${answer.image} is ${answer.classes[0]?.label ?? '?'}`);

  step('deploy batch, and score the test split');
  const pick = join(out, 'batch-input');
  rmSync(pick, { recursive: true, force: true });
  for (const { file } of test) {
    mkdirSync(dirname(join(pick, file)), { recursive: true });
    cpSync(join(data, 'images', file), join(pick, file));
  }
  await deployBatch({
    endpoint: names.batchEndpoint,
    model: packageDirectory,
    modelName: `${name}-package`,
    compute: names.batchCluster,
    sku: batch.sku,
    instanceCount: batch.machines,
    ...(values.image === undefined ? {} : { image: values.image }),
    ...context,
  });
  const rows = join(out, 'batch-rows');
  rmSync(rows, { recursive: true, force: true });
  const scored = await invokeBatch({
    endpoint: names.batchEndpoint,
    input: pick,
    labels: 'folders',
    output: rows,
    ...context,
  });
  const { counts, accuracy } = scored;
  if (counts === null || counts.failed > 0 || counts.rows !== test.length)
    throw new Error(`the batch job has ${counts?.rows ?? 0} rows for ${test.length} pictures`);
  console.log(`batch: ${counts.rows} rows, top-1 ${accuracy?.top1 ?? 'none'}`);
  console.log('\nall of it works');
} catch (error) {
  console.error(
    error instanceof AmlDeitError ? `${error.code}: ${error.message}` : `failed: ${String(error)}`,
  );
  process.exitCode = error instanceof AmlDeitError ? error.exitCode : 1;
} finally {
  if (values.keep) console.log(`kept, and billed: ${Object.values(names).join(', ')}`);
  else {
    // Whatever interrupted the rest must not keep this from being done.
    const left = await removeMade(names, where);
    if (left.length === 0) {
      rmSync(mark, { force: true });
      console.log(
        `left, for they cost cents: data and models ${name}, ${name}-package, the jobs and their outputs`,
      );
    } else {
      console.error(`NOT REMOVED, and billed: ${left.join(', ')}; run this again, or remove them by hand`);
      process.exitCode = 1;
    }
  }
}
