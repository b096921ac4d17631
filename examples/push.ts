/**
 * From a checkpoint to a registered model, from our code to an image in a registry, and both in one deployment: on the
 * local twin, or in a workspace. No Python and no container daemon. After `npm run quickstart`, which leaves a checkpoint
 * and a picture to take:
 *
 *     npx node examples/push.ts oci:base-layout
 *     npx node examples/push.ts debian:bookworm-slim@sha256:… path/to/hf-folder out/push picture.jpg
 */
import { join } from 'node:path';
import {
  AmlDeitError,
  buildImage,
  deployOnline,
  exportModel,
  generateOnline,
  invokeOnline,
  pushImage,
  pushModel,
} from 'aml-deit';
import type { Host } from 'aml-deit';

const made = 'out/quickstart';
const [base, checkpoint = `${made}/checkpoint`, out = 'out/push', picture = `${made}/test/can/1.png`] =
  process.argv.slice(2);
if (base === undefined) {
  console.error('expected a base image: REGISTRY/NAME@sha256:…, or oci:DIR');
  process.exit(2);
}

const host: Host = {
  message: ({ text }) => console.error(text),
  progress({ state, text }) {
    if (state === 'done') console.error(`done: ${text}`);
  },
  confirm: ({ defaultAnswer }) => Promise.resolve(defaultAnswer),
};
// Ctrl-C stops whatever runs. Run again, it goes on from there: what arrived is not sent again.
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const context = { host, signal: interrupt.signal };

// The local twin starts by itself. A workspace instead: `target: 'azure'`, as az or docker are logged in.
const where = { target: 'local' } as const;
const endpoint = 'pushed';

try {
  const modelPackage = join(out, 'package');
  await exportModel({ source: checkpoint, out: modelPackage, force: true, ...context });
  const tags = { team: 'vision' };
  const model = await pushModel({ ...where, model: modelPackage, name: 'pushed', tags, ...context });
  console.log(`model ${model.name}:${model.version} ${model.isNew ? 'is new' : 'was there'}`);
  console.log(`${model.uploadedBytes} of ${model.totalBytes} bytes sent`);

  const layout = join(out, 'image');
  const { images } = await buildImage({ base, out: layout, ...context });
  for (const { platform, addedBytes } of images)
    console.log(`${platform}: ${(addedBytes / 1e6).toFixed(1)} MB added to the base`);
  // A name without a registry goes to the workspace's own.
  const image = await pushImage({
    ...where,
    reference: 'aml-deit/scorer:1',
    from: layout,
    asEnvironment: 'scorer',
    ...context,
  });
  console.log(`${image.reference}@${image.digest} ${image.unchanged ? 'was there' : 'is new'}`);

  // Documents that name the registered model and environment; `az ml` takes them as well.
  const environment = `azureml:scorer:${image.environment?.version ?? ''}`;
  const generated = await generateOnline({
    endpoint,
    model: `azureml:${model.name}:${model.version}`,
    environment,
    out: join(out, 'azureml'),
    force: true,
    ...context,
  });
  const files = generated.files.map(({ path }) => path);
  const { changed, deployment } = await deployOnline({ ...where, files, ...context });
  console.log(`${deployment} with ${environment} ${changed ? 'serves now' : 'served already'}`);
  const { results } = await invokeOnline({ ...where, endpoint, images: [picture], ...context });
  for (const result of results)
    console.log(result.ok ? `${result.image}: ${result.classes[0]?.label ?? ''}` : result.error.message);
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = error.exitCode;
}
