export { buildImage, writeImageIndex } from './build-image.ts';
export type { BuiltImage, BuiltLayer } from './build-image.ts';
export { labels } from './image-config.ts';
export { pinnedDependencies, serverFiles } from './server-files.ts';
