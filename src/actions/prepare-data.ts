import { rm, stat } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { AmlDeitError } from '../errors/index.ts';
import { silentHost, throwIfAborted } from '../io/index.ts';
import type { ActionContext, Host } from '../io/index.ts';
import { byCodePoint } from '../metrics/index.ts';
import type {
  DataLayout,
  DataManifest,
  DataTask,
  Duplicates,
  SkippedFile,
  SplitName,
  SplitShares,
} from '../training/data/index.ts';
import type { ConnectOptions } from './connect.ts';
import { publishData } from './data/publish-data.ts';
import { summarizeSplits } from './data/split-summary.ts';
import type { SplitSummary } from './data/split-summary.ts';
import type { WrittenPicture } from './data/write-prepared.ts';

export interface PrepareDataOptions extends ConnectOptions, ActionContext {
  /** A folder, a .zip file, or the web address of one. */
  readonly source: string;
  /** The folder that is made; what an earlier run made there is replaced. */
  readonly out: string;
  readonly task: DataTask;
  /** Class folders, pictures with a labels.csv, or a JSONL file; known by what is there when not given. */
  readonly layout?: DataLayout;
  /** Between several labels in one cell of a CSV; white space by default. */
  readonly labelSeparator?: string;
  /** Decides which picture goes where; 1 by default. */
  readonly seed?: number;
  /** 70, 15 and 15 by default; any numbers of 0 or more, the train split's more than 0. */
  readonly shares?: SplitShares;
  /** Writes pictures that are not three-band RGB as PNGs that are; without it they are left out, as Azure ML leaves them out. */
  readonly convertToRgb?: boolean;
  /** Uploads the pictures and registers their folder as data of this name: the JSONL files then hold `azureml://` addresses. */
  readonly upload?: string;
}

export interface DataWarning {
  readonly code: 'skipped' | 'duplicates' | 'labels-differ' | 'label-missing' | 'converted';
  readonly text: string;
}

export interface PrepareDataResult {
  readonly directory: string;
  readonly task: DataTask;
  readonly layout: DataLayout;
  readonly seed: number;
  readonly labels: readonly string[];
  readonly splits: Readonly<Record<SplitName, SplitSummary>>;
  readonly skipped: readonly SkippedFile[];
  readonly duplicates: readonly Duplicates[];
  readonly warnings: readonly DataWarning[];
  /** The data asset (`azureml:NAME:VERSION`) and where its folder is; null when nothing was uploaded. */
  readonly uploaded: { readonly asset: string; readonly uri: string } | null;
}

const defaultShares: SplitShares = { train: 70, validation: 15, test: 15 };

/**
 * Makes of labelled pictures what fine-tuning and evaluation read: three splits as JSONL with MLTable, a label map and a
 * manifest with hashes. Every picture is decoded; pictures of the same content never cross splits. The same source,
 * options and seed give the same bytes.
 *
 * @throws DATA_INVALID for a source that cannot be understood or trains nothing, FILE_NOT_FOUND, FILE_UNREADABLE,
 * OUTPUT_EXISTS, OUTPUT_NOT_WRITTEN, PEER_MISSING, INTERRUPTED; with `upload` what `connect` throws, UPLOAD_FAILED; for an
 * address URL_REFUSED, URL_UNREACHABLE.
 */
export async function prepareData(options: PrepareDataOptions): Promise<PrepareDataResult> {
  const { host = silentHost, signal, task, seed = 1, shares = defaultShares } = options;
  checkShares(shares);
  const isAddress = /^https?:\/\//i.test(options.source);
  const source = isAddress ? options.source : resolve(options.source);
  const isFolder = !isAddress && (await isDirectory(source));
  const out = resolve(options.out);
  if (isFolder && !relative(source, out).startsWith(`..${sep}`) && relative(source, out) !== '..')
    throw new AmlDeitError(
      'OUTPUT_EXISTS',
      `${options.out} lies in the source ${options.source}, expected a folder outside it`,
    );
  const data = await import('../training/data/index.ts');
  return publishData(out, async (temporary) => {
    const unpacked = isFolder ? source : join(temporary, '.source');
    const links: SkippedFile[] = [];
    if (!isFolder) {
      const archive = isAddress ? await download(source, join(temporary, '.source.zip'), options) : source;
      const unpacking = { id: 'unpack', text: `unpack ${options.source}` } as const;
      links.push(
        ...(await data.extractZip(archive, unpacked, {
          ...(signal === undefined ? {} : { signal }),
          onBytes: (current) => host.progress({ ...unpacking, state: 'running', current, unit: 'bytes' }),
        })),
      );
      host.progress({ ...unpacking, state: 'done' });
      if (isAddress) await rm(archive);
    }
    const read = await data.readSource(unpacked, options);
    const progress = {
      id: 'check-pictures',
      text: 'check every picture',
      total: read.rows.length,
      unit: 'images',
    } as const;
    const inspection = await data.inspectPictures(read.rows, {
      ...(signal === undefined ? {} : { signal }),
      onPicture: (current) => host.progress({ ...progress, state: 'running', current }),
    });
    const { pictures, skipped: bands } = await threeBands(inspection.pictures, options);
    host.progress({ ...progress, state: 'done', current: read.rows.length });
    const skipped = [...links, ...read.skipped, ...inspection.skipped, ...bands];
    const { labels, labelOrder } = orderLabels(pictures, read.cardLabels);
    checkTrainable(labels, pictures.length, task, skipped);
    const { splits, duplicates } = data.assignSplits(pictures, shares, seed);
    const manifest: DataManifest = {
      schemaVersion: 1,
      task,
      layout: read.layout,
      seed,
      shares,
      labels,
      labelOrder,
      pictures: pictures.map((picture, index) => ({
        file: picture.name,
        split: splits[index] ?? 'train',
        labels: picture.labels,
        bytes: picture.bytes,
        sha256: picture.sha256,
      })),
      skipped,
      duplicates,
    };
    const { writePictures, writeTables } = await import('./data/write-prepared.ts');
    const writing = {
      id: 'write-data',
      text: `write ${options.out}`,
      total: pictures.length,
      unit: 'images',
    } as const;
    await writePictures(temporary, manifest, pictures, {
      uploaded: options.upload !== undefined,
      ...(signal === undefined ? {} : { signal }),
      onPicture: (current) => host.progress({ ...writing, state: 'running', current }),
    });
    if (!isFolder) await rm(unpacked, { recursive: true });
    throwIfAborted(signal);
    host.progress({ ...writing, state: 'done', current: pictures.length });
    const { uploadPictures } = await import('./data/upload-pictures.ts');
    const uploaded =
      options.upload === undefined
        ? undefined
        : await uploadPictures(join(temporary, 'images'), options.upload, manifest, options);
    await writeTables(temporary, uploaded === undefined ? manifest : { ...manifest, uploaded });
    const result = {
      directory: options.out,
      task,
      layout: read.layout,
      seed,
      labels,
      splits: summarizeSplits(manifest),
      skipped,
      duplicates,
      uploaded: uploaded ?? null,
    };
    const warnings = warningsOf(result, shares, pictures);
    report(host, warnings);
    return { ...result, warnings };
  });
}

const maxArchiveBytes = 64 * 2 ** 30;

async function download(
  url: string,
  file: string,
  { host = silentHost, signal }: ActionContext,
): Promise<string> {
  const { fetchFile } = await import('../web/index.ts');
  const progress = { id: 'download', text: 'download the archive', unit: 'bytes' } as const;
  await fetchFile(url, file, {
    maxBytes: maxArchiveBytes,
    ...(signal === undefined ? {} : { signal }),
    onBytes: (current, total) =>
      host.progress({ ...progress, state: 'running', current, ...(total === undefined ? {} : { total }) }),
  }).catch((error: unknown) => {
    throwIfAborted(signal);
    throw error;
  });
  host.progress({ ...progress, state: 'done' });
  return file;
}

async function isDirectory(source: string): Promise<boolean> {
  const found = await stat(source).catch(() => undefined);
  if (found === undefined) throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${source}`);
  return found.isDirectory();
}

function checkShares(shares: SplitShares): void {
  const values = Object.values(shares);
  if (values.every((share) => Number.isFinite(share) && share >= 0) && shares.train > 0) return;
  throw new AmlDeitError(
    'USAGE',
    `the shares ${values.join(', ')} cannot split data, expected numbers of 0 or more, the first above 0`,
  );
}

/** Leaves out what Azure ML would leave out, or makes RGB of it. */
async function threeBands(
  pictures: readonly WrittenPicture[],
  options: PrepareDataOptions,
): Promise<{ readonly pictures: WrittenPicture[]; readonly skipped: SkippedFile[] }> {
  const kept: WrittenPicture[] = [];
  const skipped: SkippedFile[] = [];
  for (const picture of pictures) {
    if (picture.bands === 3) kept.push(picture);
    else if (options.convertToRgb === true) kept.push(await converted(picture));
    else
      skipped.push({
        name: picture.name,
        reason: 'channels',
        text: `has ${picture.bands} ${picture.bands === 1 ? 'band' : 'bands'}, Azure ML's evaluation leaves out what has not 3`,
      });
  }
  return { pictures: kept, skipped };
}

async function converted(picture: WrittenPicture): Promise<WrittenPicture> {
  const { createHash } = await import('node:crypto');
  const { readFile } = await import('node:fs/promises');
  const { decodeImage, encodeImage } = await import('../vision/index.ts');
  const bytes = await encodeImage(await decodeImage(await readFile(picture.file)), { format: 'png' });
  return {
    ...picture,
    // Another name than the source's: a picture beside it may have this one already.
    name: `${picture.name}.rgb.png`,
    bytes: bytes.length,
    sha256: createHash('sha256').update(bytes).digest('hex'),
    converted: bytes,
  };
}

/** Sorted as Python sorts, which is how Azure ML numbers them; the card's order for ImageNet's classes. */
function orderLabels(
  pictures: readonly WrittenPicture[],
  cardLabels: readonly string[] | undefined,
): Pick<DataManifest, 'labels' | 'labelOrder'> {
  if (cardLabels !== undefined) return { labels: cardLabels, labelOrder: 'card' };
  return {
    labels: [...new Set(pictures.flatMap(({ labels }) => labels))].sort(byCodePoint),
    labelOrder: 'sorted',
  };
}

function checkTrainable(
  labels: readonly string[],
  pictures: number,
  task: DataTask,
  skipped: readonly SkippedFile[],
): void {
  const details = { skipped: skipped.slice(0, 20) };
  const first = skipped[0];
  if (pictures === 0)
    throw new AmlDeitError(
      'DATA_INVALID',
      `not one picture is left${first === undefined ? '' : `; the first that is not: ${first.name} (${first.text})`}`,
      { details },
    );
  if (task === 'multiclass' && labels.length < 2)
    throw new AmlDeitError(
      'DATA_INVALID',
      `all ${pictures} pictures have the label "${labels[0]}", expected two labels at least`,
      { details },
    );
  if (labels.length === 0) throw new AmlDeitError('DATA_INVALID', 'not one picture has a label', { details });
}

function warningsOf(
  result: Pick<PrepareDataResult, 'splits' | 'skipped' | 'duplicates' | 'labels'>,
  shares: SplitShares,
  pictures: readonly WrittenPicture[],
): DataWarning[] {
  const warnings: DataWarning[] = [];
  const { skipped, duplicates, splits } = result;
  if (skipped.length > 0)
    warnings.push({
      code: 'skipped',
      text: `${skipped.length === 1 ? '1 file is' : `${skipped.length} files are`} left out: ${examples(skipped.map(({ name, text }) => `${name} (${text})`))}`,
    });
  const converted = pictures.filter((picture) => picture.converted !== undefined).length;
  if (converted > 0)
    warnings.push({ code: 'converted', text: `${converted} pictures were not RGB and are written as RGB` });
  if (duplicates.length > 0)
    warnings.push({
      code: 'duplicates',
      text: `${duplicates.length} pictures are there more than once; copies stay in one split: ${examples(duplicates.map(({ files }) => files.join(' = ')))}`,
    });
  const differing = duplicates.filter(({ labelsDiffer }) => labelsDiffer);
  if (differing.length > 0)
    warnings.push({
      code: 'labels-differ',
      text: `copies of ${differing.length} pictures have different labels: ${examples(differing.map(({ files }) => files.join(' = ')))}`,
    });
  for (const [split, { labels }] of Object.entries(splits)) {
    if (shares[split as SplitName] === 0) continue;
    const missing = Object.entries(labels).filter(
      ([label, count]) =>
        count === 0 && Object.values(splits).some((other) => (other.labels[label] ?? 0) > 0),
    );
    if (missing.length === 0) continue;
    const isEmpty = Object.values(labels).every((count) => count === 0);
    // Quoted: a label may hold a comma.
    const names = examples(missing.map(([label]) => JSON.stringify(label)));
    warnings.push({
      code: 'label-missing',
      text: isEmpty
        ? `the ${split} split is empty, and no job takes it: two pictures of a label at least are for two splits, three for three`
        : `the ${split} split has no picture of ${missing.length === 1 ? '1 label' : `${missing.length} labels`}: ${names}`,
    });
  }
  return warnings;
}

function examples(items: readonly string[]): string {
  return items.slice(0, 3).join(', ') + (items.length > 3 ? `, and ${items.length - 3} more` : '');
}

function report(host: Host, warnings: readonly DataWarning[]): void {
  for (const { code, text } of warnings) host.message({ code: `data-${code}`, level: 'warning', text });
}
