/**
 * The same as finetune.sh by the SDK, and a check that the evaluation and the endpoint agree: the accuracy of the report
 * is what the endpoint's answers give on the same pictures.
 *
 *     npx node examples/finetune.ts multiclass fridgeObjects
 *     npx node examples/finetune.ts multilabel multilabelFridgeObjects.zip out/fridge
 *
 * It runs on the local twin, which needs the model once: `aml-deit local import-registry-model DIR`.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AmlDeitError, evaluateModels, finetuneModel, invokeOnline, prepareData } from 'aml-deit';
import type { Host } from 'aml-deit';

const [task = 'multiclass', source = 'fridgeObjects', out = `out/${task}`] = process.argv.slice(2);
if (task !== 'multiclass' && task !== 'multilabel')
  throw new Error(`${task} is neither multiclass nor multilabel`);

const host: Host = {
  message: ({ text }) => console.error(text),
  progress({ state, text }) {
    if (state !== 'running') console.error(`${state}: ${text}`);
  },
  confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
};
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const context = { host, signal: interrupt.signal, target: 'local' } as const;
const name = `fridge-${task}`;
const data = join(out, 'data');

try {
  await prepareData({ source, out: data, task, upload: name, ...context });

  const finetuned = await finetuneModel({
    task,
    trainingData: join(data, 'train'),
    validationData: join(data, 'validation'),
    testData: join(data, 'test'),
    applyOrt: 'leave-out',
    createCompute: true,
    modelName: name,
    packageOut: join(out, 'package'),
    deployTo: name,
    ...context,
  });
  const { model, labels } = finetuned;
  if (model === null) throw new Error('the job was not waited for');
  console.log(`job ${finetuned.job}: ${model.name}:${model.version}, ${labels.length} labels`);

  const report = await evaluateModels({
    task,
    models: [`azureml:${model.name}:${model.version}`],
    testData: join(data, 'test'),
    out: join(out, 'report'),
    createCompute: true,
    ...context,
  });
  const evaluated = report.models[0]?.metrics['accuracy'] ?? 0;
  console.log(`evaluated accuracy ${evaluated.toFixed(6)}, report in ${report.files.html}`);

  const { pictures } = JSON.parse(readFileSync(join(data, 'data-manifest.json'), 'utf8')) as {
    pictures: { file: string; split: string; labels: string[] }[];
  };
  const test = pictures.filter(({ split }) => split === 'test');
  const { results } = await invokeOnline({
    endpoint: name,
    images: test.map(({ file }) => join(data, 'images', file)),
    // Several labels are right when all of them are there, and no other: every class is needed to tell.
    topK: labels.length,
    ...context,
  });
  const right = results.filter((result, index) => {
    if (!result.ok) return false;
    const expected = test[index]?.labels ?? [];
    const predicted =
      task === 'multiclass' ? result.classes.slice(0, 1) : result.classes.filter(({ score }) => score >= 0.5);
    return predicted.length === expected.length && predicted.every(({ label }) => expected.includes(label));
  });
  console.log(
    `accuracy of the endpoint ${(right.length / test.length).toFixed(6)} on ${test.length} pictures`,
  );
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
