export { assignSplits, splitNames } from './assign-splits.ts';
export type { Duplicates, SplitName, SplitShares } from './assign-splits.ts';
export { extractZip } from './extract-zip.ts';
export { inspectPictures } from './inspect-pictures.ts';
export type { InspectedPicture } from './inspect-pictures.ts';
export type { DataLayout, DataTask, SkippedFile } from './labelled-pictures.ts';
export {
  annotationRow,
  annotationsName,
  dataManifestName,
  labelMapName,
  picturesFolder,
  readDataManifest,
} from './prepared-data.ts';
export type { DataManifest } from './prepared-data.ts';
export { readSource } from './read-source.ts';
