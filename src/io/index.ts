export { interrupted, sleep, throwIfAborted } from './abort.ts';
export { blobNameFault } from './blob-name-fault.ts';
export { closeAfterRest } from './close-after-rest.ts';
export { csvLine } from './csv-line.ts';
export { hashFiles, readFolderContent } from './folder-content.ts';
export type { FolderContent, FolderFile } from './folder-content.ts';
export { hashFile } from './hash-file.ts';
export { inertAtLineStart, inertInCi, inertJson, inertLines } from './inert-in-ci.ts';
export { printable, printableLine, printableLines } from './printable.ts';
export { makeFolders } from './make-folders.ts';
export { silentHost } from './host.ts';
export type { ActionContext, Host, HostMessage, HostProgress, HostQuestion } from './host.ts';
export { cliEntry, packageRoot, packageVersion, processEntry } from './package-paths.ts';
export { installPeer, peerMissing, peerVersion, requirePeer } from './peer.ts';
export type { PeerName } from './peer.ts';
export {
  amlDeitHome,
  readTwinDescriptor,
  twinDescriptorFile,
  twinDirectory,
  twinPlace,
} from './twin-descriptor.ts';
export type { TwinAddress, TwinDescriptor, TwinPlace } from './twin-descriptor.ts';
export { shownTwinEnvironment, twinEnvironment, twinVariables } from './twin-environment.ts';
export { openForReading } from './open-for-reading.ts';
export { readSafetensorsHeader, readTensor, readTensorChunks } from './safetensors.ts';
export { layOutSafetensors, writeSafetensors } from './write-safetensors.ts';
export type { TensorSource } from './write-safetensors.ts';
export { writeTorch } from './write-torch.ts';
export { keepYoungGenerationSmall, smallYoungGeneration } from './small-young-generation.ts';
export { frugalAllocator, scoringImageName, scoringRoutes } from './scoring-image.ts';
