/**
 * Builds the scoring image, pushes it and deploys it with a model package, on the local twin, with no container daemon:
 *
 *     npx node examples/image.ts oci:base-layout my-package
 *     npx node examples/image.ts debian:bookworm-slim@sha256:… my-package
 */
import { AmlDeitError, buildImage, deployOnline, pushImage } from 'aml-deit';

const [base, model, layout = 'out/scorer-image'] = process.argv.slice(2);
if (base === undefined || model === undefined) {
  console.error('expected a base image and a model package');
  process.exit(2);
}
const interrupt = new AbortController();
process.once('SIGINT', () => interrupt.abort());
const { signal } = interrupt;

try {
  const { images } = await buildImage({ base, out: layout, signal });
  for (const { platform, addedBytes } of images)
    console.log(`${platform}: ${(addedBytes / 1e6).toFixed(1)} MB added to the base`);

  // A name without a registry goes to the workspace's own. On Azure: `target: 'azure'`, as docker or az are logged in.
  const target = 'local' as const;
  const pushed = await pushImage({
    target,
    reference: 'aml-deit/scorer:1',
    from: layout,
    asEnvironment: 'scorer',
    signal,
  });
  console.log(`${pushed.reference}@${pushed.digest}: ${pushed.unchanged ? 'was there' : 'pushed'}`);

  const { scoringUri } = await deployOnline({
    target,
    endpoint: 'image-example',
    model,
    sku: 'Standard_D4as_v4',
    image: pushed.reference,
    signal,
  });
  console.log(scoringUri);
} catch (error) {
  if (!(error instanceof AmlDeitError)) throw error;
  console.error(`${error.code}: ${error.message}${error.hint === undefined ? '' : `\n${error.hint}`}`);
  process.exitCode = error.exitCode;
}
