import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { BlobFiles, mediaTypes } from '../../oci/index.ts';
import type { ImageIndex, ImageManifest } from '../../oci/index.ts';
import type { ResourceTable } from '../store/resources.ts';

/** A manifest under one of its names: a tag, or its digest. */
export interface ImageNameRecord {
  readonly digest: string;
  readonly mediaType: string;
  readonly size: number;
}

export interface ImageTables {
  /** Parent: the repository; name: a tag or a digest. */
  readonly imageNames: ResourceTable<ImageNameRecord>;
  /** Which repository may give which blob. Parent: the repository; name: the digest. */
  readonly imageBlobs: ResourceTable<{ readonly size: number }>;
}

/** The twin's container registry, and what it has pulled from others: blobs by content, names in the state file. */
export class ImageStore {
  readonly directory: string;
  readonly blobs: BlobFiles;
  readonly tables: ImageTables;

  constructor(directory: string, tables: ImageTables) {
    this.directory = directory;
    this.blobs = new BlobFiles(directory);
    this.tables = tables;
    // Nobody can go on with an upload to a twin that has ended.
    rmSync(this.uploadDirectory, { recursive: true, force: true });
  }

  get uploadDirectory(): string {
    return join(this.directory, 'uploads');
  }

  name(repository: string, reference: string): ImageNameRecord | undefined {
    return this.tables.imageNames.get(repository, reference)?.body;
  }

  async hasBlob(repository: string, digest: string): Promise<number | undefined> {
    if (this.tables.imageBlobs.get(repository, digest) === undefined) return undefined;
    return this.blobs.size(digest);
  }

  linkBlob(repository: string, digest: string, size: number): void {
    this.tables.imageBlobs.put(repository, digest, { size });
  }

  /** What a manifest refers to that this repository does not have. */
  async missing(repository: string, document: ImageManifest | ImageIndex): Promise<readonly string[]> {
    const isIndex = 'manifests' in document;
    const wanted = isIndex ? document.manifests : [document.config, ...document.layers];
    const absent: string[] = [];
    for (const { digest } of wanted) {
      const there = isIndex
        ? this.name(repository, digest) !== undefined
        : (await this.hasBlob(repository, digest)) !== undefined;
      if (!there) absent.push(digest);
    }
    return absent;
  }
}

/** Kinds of manifests that the registry takes. */
export const acceptedManifests: readonly string[] = [
  mediaTypes.manifest,
  mediaTypes.index,
  mediaTypes.dockerManifest,
  mediaTypes.dockerList,
];
