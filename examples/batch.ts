/**
 * Thousands of pictures at once, on the local twin: a batch endpoint that runs the scoring image on two nodes. After
 * `npm run quickstart`, which leaves a model package and labelled pictures to take:
 *
 *     npx node examples/batch.ts
 *     npx node examples/batch.ts my-package folder-of-pictures
 */
import { AmlDeitError, deployBatch, invokeBatch } from 'aml-deit';
import type { Host } from 'aml-deit';

const made = 'out/quickstart';
const [model = `${made}/package`, input = `${made}/test`] = process.argv.slice(2);

const host: Host = {
  message: ({ level, text }) => {
    if (level === 'info') console.error(text);
  },
  progress({ state, text }) {
    if (state === 'done') console.error(`done: ${text}`);
  },
  confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
};

// Ctrl-C stops waiting; the job goes on, and `aml-deit job watch` or `invokeBatch({ resumeJob })` takes it up again.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const context = { host, signal: interrupt.signal };

try {
  // A workspace instead: `target: 'azure'` and an `image` that it can pull.
  const where = { target: 'local', endpoint: 'example-batch' } as const;
  const { deployment, changed } = await deployBatch({ ...where, model, instanceCount: 2, ...context });
  console.log(`${deployment} ${changed ? 'is the default now' : 'was there already'}`);

  // A picture's label is the name of the folder that it lies in: with that the rows are held against what is right.
  const result = await invokeBatch({ ...where, input, labels: 'folders', logs: false, ...context });
  for (const { id, classes, error, expected } of result.rows.slice(0, 5))
    console.log(`${id}: ${error?.message ?? `${classes[0]?.label} (is ${expected})`}`);
  console.log(`${result.counts?.rows} rows, ${result.counts?.failed} failed, in ${result.output}`);
  console.log(`top-1: ${(100 * (result.accuracy?.top1 ?? 0)).toFixed(1)} %`);
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
