import type { BuildImageResult } from '../actions/build-image.ts';
import type { PushImageResult } from '../actions/push-image.ts';
import { formatMegabytes } from './format-bytes.ts';
import { formatTable } from './format-table.ts';

/** The layers of each platform's image with their sizes, and what one does with it. */
export function renderImageBuild(result: BuildImageResult): string {
  const parts = result.images.flatMap(({ platform, digest, base, node, layers, addedBytes }) => [
    `${platform}  ${digest}`,
    `  base  ${base.reference ?? base.digest}`,
    `  node  ${node.version} (${node.from === 'base' ? "the base's own" : 'added'})`,
    formatTable(
      ['LAYER', 'COMPRESSED', 'UNPACKED', 'SHA-256'],
      layers.map(({ name, bytes, unpackedBytes, digest: layer }) => [
        name,
        formatMegabytes(bytes),
        unpackedBytes === undefined ? '' : formatMegabytes(unpackedBytes),
        layer.slice('sha256:'.length, 23),
      ]),
    ),
    `added to the base: ${formatMegabytes(addedBytes)} compressed`,
    '',
  ]);
  return [
    `${result.directory}  ${result.digest}`,
    '',
    ...parts,
    `next: aml-deit image push REGISTRY/aml-deit/scorer:TAG --from ${result.directory}`,
  ].join('\n');
}

/** What was sent and what was not, and the name that the image has now. */
export function renderImagePush(result: PushImageResult): string {
  const { environment } = result;
  return [
    formatTable(
      ['BLOB', 'SIZE', ''],
      result.blobs.map(({ digest, size, how, sentBytes }) => [
        digest.slice('sha256:'.length, 23),
        formatMegabytes(size),
        how === 'uploaded' && sentBytes < size
          ? `${formatMegabytes(sentBytes)} sent, the rest was there`
          : how,
      ]),
    ),
    `${result.reference}@${result.digest}`,
    result.unchanged ? 'nothing had to be sent' : `${formatMegabytes(result.sentBytes)} sent`,
    ...(environment === undefined
      ? []
      : [
          `environment azureml:${environment.name}:${environment.version}${environment.reused ? ' (was there)' : ''}`,
        ]),
  ].join('\n');
}
