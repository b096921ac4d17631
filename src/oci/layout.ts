import { randomBytes } from 'node:crypto';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { AmlDeitError, systemErrorCode } from '../errors/index.ts';
import { BlobFiles, notWritten } from './blob-files.ts';
import { isIndexType, mediaTypes } from './descriptors.ts';
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest } from './descriptors.ts';
import { invalidImage } from './invalid-image.ts';
import { choosePlatform } from './platform.ts';
import type { Platform } from './platform.ts';

const marker = { imageLayoutVersion: '1.0.0' };
const layoutEntry = /^(?:oci-layout|index\.json|blobs|\.uploads\.json)(?:\..*\.tmp)?$/;

export interface ResolvedImage {
  /** Of the manifest. */
  readonly descriptor: Descriptor;
  readonly manifest: ImageManifest;
  readonly config: ImageConfig;
}

/** One OCI image layout in a folder: blobs by content, and an index that says which of them are images. */
export class ImageLayout {
  readonly directory: string;
  readonly blobs: BlobFiles;

  constructor(directory: string) {
    this.directory = directory;
    this.blobs = new BlobFiles(directory);
  }

  /** @throws FILE_NOT_FOUND, OCI_IMAGE_INVALID */
  async readIndex(): Promise<ImageIndex> {
    const file = join(this.directory, 'index.json');
    const text = await readFile(file, 'utf8').catch((error: unknown) => {
      throw new AmlDeitError(
        'FILE_NOT_FOUND',
        `${this.directory} is no OCI image layout: ${file} cannot be read (${systemErrorCode(error) ?? 'unknown'})`,
        { hint: 'a layout is what `aml-deit image build` and `skopeo copy … oci:DIR` write', cause: error },
      );
    });
    try {
      const index = JSON.parse(text) as ImageIndex;
      if (index.schemaVersion !== 2 || !Array.isArray(index.manifests)) throw new Error('no image index');
      return index;
    } catch (error) {
      throw invalidImage(`${file} is no image index`, error);
    }
  }

  /** The image for a platform, through whatever indexes lead to it. @throws OCI_IMAGE_INVALID */
  async resolve(platform: Platform): Promise<ResolvedImage> {
    let candidates: readonly Descriptor[] = (await this.readIndex()).manifests;
    for (let depth = 0; depth < 4; depth += 1) {
      const descriptor = choosePlatform(candidates, platform, this.directory);
      if (isIndexType(descriptor.mediaType)) {
        candidates = (await this.blobs.readJson<ImageIndex>(descriptor)).manifests;
        continue;
      }
      const manifest = await this.blobs.readJson<ImageManifest>(descriptor);
      const config = await this.blobs.readJson<ImageConfig>(manifest.config);
      return { descriptor, manifest, config };
    }
    throw invalidImage(`${this.directory}: indexes that lead to indexes`);
  }

  /** Puts the images in their index, as the last step: until then the layout is what it was. */
  async publish(manifests: readonly Descriptor[]): Promise<void> {
    try {
      await mkdir(this.directory, { recursive: true });
      await writeAside(join(this.directory, 'oci-layout'), JSON.stringify(marker));
      const index: ImageIndex = { schemaVersion: 2, mediaType: mediaTypes.index, manifests };
      await writeAside(join(this.directory, 'index.json'), JSON.stringify(index));
    } catch (error) {
      throw notWritten(this.directory, error);
    }
    await this.#dropUnused(manifests);
  }

  /** Refuses a folder that holds anything but a layout of images with this label. @throws OUTPUT_EXISTS */
  async refuseForeign(label: string): Promise<void> {
    const entries: readonly string[] = await readdir(this.directory).catch((error: unknown) => {
      if (systemErrorCode(error) === 'ENOENT') return [];
      if (systemErrorCode(error) === 'ENOTDIR')
        throw new AmlDeitError('OUTPUT_EXISTS', `${this.directory} is a file, expected a folder or nothing`);
      throw error;
    });
    const foreign = entries.filter((entry) => !layoutEntry.test(entry));
    const isLayout =
      entries.length === 0 || entries.some((entry) => entry === 'oci-layout' || entry === 'blobs');
    if (foreign.length === 0 && isLayout) {
      if (!entries.includes('index.json') || (await this.#hasOnly(label))) return;
      throw new AmlDeitError(
        'OUTPUT_EXISTS',
        `${this.directory} holds another image, which is not replaced`,
        {
          hint: 'name an empty or new folder',
        },
      );
    }
    throw new AmlDeitError(
      'OUTPUT_EXISTS',
      `${this.directory} holds what is no OCI image layout: ${(foreign.length > 0 ? foreign : entries).slice(0, 3).join(', ')}`,
      { hint: 'name an empty or new folder' },
    );
  }

  async #hasOnly(label: string): Promise<boolean> {
    const isOurs = async (descriptor: Descriptor): Promise<boolean> => {
      if (isIndexType(descriptor.mediaType)) {
        const { manifests } = await this.blobs.readJson<ImageIndex>(descriptor);
        return (await Promise.all(manifests.map(isOurs))).every(Boolean);
      }
      const manifest = await this.blobs.readJson<ImageManifest>(descriptor);
      const { config } = await this.blobs.readJson<ImageConfig>(manifest.config);
      return config?.Labels?.[label] !== undefined;
    };
    const { manifests } = await this.readIndex();
    return (await Promise.all(manifests.map(isOurs))).every(Boolean);
  }

  async #dropUnused(manifests: readonly Descriptor[]): Promise<void> {
    const used = new Set<string>();
    const visit = async (descriptor: Descriptor): Promise<void> => {
      used.add(descriptor.digest);
      if (isIndexType(descriptor.mediaType)) {
        for (const child of (await this.blobs.readJson<ImageIndex>(descriptor)).manifests) await visit(child);
        return;
      }
      const manifest = await this.blobs.readJson<ImageManifest>(descriptor);
      for (const { digest } of [manifest.config, ...manifest.layers]) used.add(digest);
    };
    for (const manifest of manifests) await visit(manifest);
    const blobs = join(this.directory, 'blobs');
    for (const name of await readdir(join(blobs, 'sha256')))
      if (!used.has(`sha256:${name}`)) await rm(join(blobs, 'sha256', name), { force: true });
    // What an interrupted build was writing.
    for (const name of await readdir(blobs))
      if (name.endsWith('.partial')) await rm(join(blobs, name), { force: true });
  }
}

async function writeAside(file: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}-${randomBytes(4).toString('hex')}.tmp`;
  await writeFile(temporary, text);
  await rename(temporary, file);
}
