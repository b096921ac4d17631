/**
 * From a checkpoint's folder to classified pictures, on the local twin. After `npm run quickstart`, which leaves a
 * checkpoint and pictures to take:
 *
 *     npx node examples/online.ts
 *     npx node examples/online.ts path/to/hf-folder my-package picture.jpg …
 */
import { AmlDeitError, deployOnline, exportModel, invokeOnline } from 'aml-deit';
import type { Host, InferenceSku } from 'aml-deit';

const made = 'out/quickstart';
const [checkpoint = `${made}/checkpoint`, packageDirectory = `${made}/example-package`, ...pictures] =
  process.argv.slice(2);
const images = pictures.length > 0 ? pictures : [`${made}/test/can/1.png`, `${made}/test/carton/1.png`];

// Any size of the card's inference list; a name that is not on it does not compile.
const sku: InferenceSku = 'Standard_D4as_v4';

// Actions never print. They report to a host, if they are given one: here, each finished step is a line.
const host: Host = {
  message: ({ text }) => console.error(text),
  progress({ state, text }) {
    if (state === 'done') console.error(`done: ${text}`);
  },
  confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
};

// Ctrl-C stops whatever runs. The same program run again goes on from there.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const context = { host, signal: interrupt.signal };

try {
  // `force` replaces the package of an earlier run, and nothing that is no package.
  await exportModel({ source: checkpoint, out: packageDirectory, force: true, ...context });

  // The local twin starts by itself. A workspace instead: `target: 'azure'` and an `image` that it can pull.
  const where = { target: 'local', endpoint: 'example' } as const;
  const { deployment, changed, scoringUri } = await deployOnline({
    ...where,
    model: packageDirectory,
    sku,
    ...context,
  });
  console.log(`${deployment} ${changed ? 'serves now' : 'served already'}: ${scoringUri}`);

  const { results } = await invokeOnline({ ...where, images, topK: 2, ...context });
  for (const result of results) {
    // A picture that fails does not fail the others: each has its own outcome.
    const answer = result.ok
      ? result.classes.map(({ label, score }) => `${label} ${(100 * score).toFixed(1)} %`).join(', ')
      : result.error.message;
    console.log(`${result.image}: ${answer}`);
  }
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  // Every failure has a code; README lists them, and each has an exit code that a script can tell apart.
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
