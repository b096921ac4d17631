export { buildImage, writeImageIndex } from './build-image.ts';
export type { BuiltImage, BuiltLayer } from './build-image.ts';
export { pinnedDependencies, serverFiles } from './server-files.ts';
