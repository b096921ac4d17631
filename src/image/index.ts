export { buildImage, writeImageIndex } from './build-image.ts';
export type { BuiltImage, BuiltLayer } from './build-image.ts';
