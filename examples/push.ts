/**
 * From a checkpoint to a registered model, and back to a folder: on the local twin, or in a workspace. After
 * `npm run quickstart`, which leaves a checkpoint to take:
 *
 *     npx node examples/push.ts
 *     npx node examples/push.ts path/to/hf-folder my-package
 */
import { AmlDeitError, downloadModel, exportModel, listModels, pushModel } from 'aml-deit';
import type { Host } from 'aml-deit';

const made = 'out/quickstart';
const [checkpoint = `${made}/checkpoint`, packageDirectory = `${made}/push-package`] = process.argv.slice(2);

const host: Host = {
  message: ({ text }) => console.error(text),
  progress({ state, text }) {
    if (state === 'done') console.error(`done: ${text}`);
  },
  confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
};
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const context = { host, signal: interrupt.signal };

try {
  await exportModel({ source: checkpoint, out: packageDirectory, force: true, ...context });

  // The local twin starts by itself. A workspace instead: `target: 'azure'`.
  const where = { target: 'local' } as const;
  const pushed = await pushModel({
    ...where,
    model: packageDirectory,
    name: 'pushed',
    tags: { team: 'vision' },
    ...context,
  });
  // Run again, or after an interruption: what is there is not sent again, and the version is the same.
  console.log(`${pushed.name}:${pushed.version} ${pushed.isNew ? 'is new' : 'was there'}`);
  console.log(`${pushed.uploadedBytes} of ${pushed.totalBytes} bytes sent`);

  const { versions = [] } = await listModels({ ...where, name: pushed.name, ...context });
  for (const { version, tags } of versions)
    console.log(
      `version ${version}: ${tags['aml-deit.precision']}, weights ${tags['aml-deit.weights-sha256']}`,
    );

  const out = `${packageDirectory}-downloaded`;
  const { files } = await downloadModel({ ...where, model: pushed.name, out, ...context });
  console.log(`${files.length} files in ${out}`);
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}`);
  process.exitCode = error.exitCode;
}
