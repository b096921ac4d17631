/**
 * Walks a workspace once from a folder of labelled pictures to answers: data, fine-tuning, evaluation, an online
 * endpoint; says before it begins what that will cost, and removes what it made, also when it fails.
 *
 *     npx node examples/azure-smoke/smoke.ts --source fridgeObjects --image myregistry.azurecr.io/aml-deit-scorer:1
 *     npx node examples/azure-smoke/smoke.ts --source fridgeObjects --target local
 *
 * The workspace is found as by every command (AZURE_SUBSCRIPTION_ID and so on). --yes does not ask; --keep removes nothing.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import {
  AmlDeitError,
  deleteCompute,
  deleteEndpoint,
  evaluateModels,
  finetuneModel,
  invokeOnline,
  prepareData,
} from 'aml-deit';
import type { Host } from 'aml-deit';
import { estimate, readPrices } from './cost.ts';

const { values } = parseArgs({
  options: {
    source: { type: 'string' },
    out: { type: 'string', default: 'out/azure-smoke' },
    target: { type: 'string', default: 'azure' },
    region: { type: 'string', default: 'eastus' },
    image: { type: 'string' },
    yes: { type: 'boolean', default: false },
    keep: { type: 'boolean', default: false },
  },
});
const { out, region } = values;
const target = values.target === 'local' ? 'local' : 'azure';
const source = values.source ?? '';
if (source === '') throw new Error('--source DIR: a folder of labelled pictures, a class a folder');
if (target === 'azure' && values.image === undefined)
  throw new Error('--image REF: the scoring image in a registry that the workspace can pull from');

const names = { compute: 'deit-smoke', endpoint: 'deit-smoke', model: 'deit-smoke', data: 'deit-smoke' };
const uses = [
  // A cluster counts from the start of its machines to two idle minutes after the last job.
  { what: 'fine-tuning and evaluation', sku: 'Standard_NC4as_T4_v3', machines: 1, minutes: 60 },
  { what: 'online endpoint', sku: 'Standard_D4as_v4', machines: 1, minutes: 30 },
] as const;

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
process.once('SIGINT', () => interrupt.abort());
const where = { host, target } as const;
const context = { ...where, signal: interrupt.signal };

const prices = target === 'local' ? new Map<string, number>() : await readPrices(uses, region);
console.log(estimate(uses, prices, target, region));
if (!values.yes && !(await host.confirm({ code: 'begin', text: 'begin?', defaultAnswer: false }))) {
  console.error('nothing was done: it was not confirmed (--yes does not ask)');
  process.exit(2);
}

try {
  const data = join(out, 'data');
  await prepareData({ source, out: data, task: 'multiclass', upload: names.data, ...context });
  const tuned = await finetuneModel({
    task: 'multiclass',
    trainingData: join(data, 'train'),
    validationData: join(data, 'validation'),
    testData: join(data, 'test'),
    applyOrt: 'leave-out',
    epochs: 3,
    compute: names.compute,
    createCompute: true,
    sku: uses[0].sku,
    modelName: names.model,
    packageOut: join(out, 'package'),
    deployTo: names.endpoint,
    deploySku: uses[1].sku,
    ...(values.image === undefined ? {} : { deployImage: values.image }),
    ...context,
  });
  if (tuned.model === null) throw new Error('the job was not waited for');
  console.log(`fine-tuned: ${tuned.model.name}:${tuned.model.version} by job ${tuned.job}`);
  const report = await evaluateModels({
    task: 'multiclass',
    models: [`azureml:${tuned.model.name}:${tuned.model.version}`],
    testData: join(data, 'test'),
    out: join(out, 'report'),
    compute: names.compute,
    ...context,
  });
  console.log(`evaluated: accuracy ${report.models[0]?.metrics['accuracy'] ?? 'none'}`);
  const { pictures } = JSON.parse(readFileSync(join(data, 'data-manifest.json'), 'utf8')) as {
    pictures: { file: string; split: string }[];
  };
  const picture = pictures.find(({ split }) => split === 'test');
  const { results } = await invokeOnline({
    endpoint: names.endpoint,
    images: [join(data, 'images', picture?.file ?? '')],
    ...context,
  });
  const [answer] = results;
  console.log(
    `invoked: ${answer?.ok === true ? `${answer.image} is ${answer.classes[0]?.label ?? '?'}` : 'failed'}`,
  );
  console.log('all of it works');
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
} finally {
  if (!values.keep) {
    // Whatever interrupted the rest must not keep this from being done.
    const { deleted: endpoint } = await deleteEndpoint({ ...where, endpoint: names.endpoint, yes: true });
    const { deleted: compute } = await deleteCompute({ ...where, compute: names.compute, yes: true });
    console.log(
      `removed: endpoint ${endpoint ? 'yes' : 'there was none'}, cluster ${compute ? 'yes' : 'there was none'}`,
    );
    console.log(
      `left, for they cost cents: data ${names.data}, model ${names.model}, the jobs and their outputs`,
    );
  }
}
