import { readdir, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import type { BatchJobInput } from '../../azure/wire/batch.ts';
import { AmlDeitError, systemErrorCode } from '../../errors/index.ts';
import { hashFiles, readFolderContent } from '../../io/index.ts';
import type { FolderContent, Host } from '../../io/index.ts';
import { listPictureFolder } from './picture-folder.ts';
import type { PredictedRow } from './read-predictions.ts';
import { tableRows } from './table-rows.ts';

export type BatchInputType = 'uri_folder' | 'uri_file' | 'mltable';

/** Of tables and pictures. */
const fileEnding = /\.(?:csv|tsv|jsonl|ndjson|jpe?g|png|webp|gif|bmp|tiff?)$/i;

const wireTypes = { uri_folder: 'UriFolder', uri_file: 'UriFile', mltable: 'MLTable' } as const;

export interface BatchInput {
  /** Undefined: all that is wanted is {@link unsent}, and there is nothing for a job. */
  readonly wire: BatchJobInput | undefined;
  /** Of a local folder of pictures: the rows of those that cannot be read here. */
  readonly unsent?: readonly PredictedRow[];
  /** Of a local folder of pictures, or one picture: the paths of those that were sent. */
  readonly sent?: readonly string[];
  /** Of a local table, or a folder with an MLTable: how many rows it has. */
  readonly tableRows?: number;
}

export interface BatchInputOptions {
  /** A local folder or file, `azureml:NAME:VERSION`, `azureml://…` or `https://…`. */
  readonly input: string;
  readonly type?: BatchInputType;
  /** What a local folder with an MLTable is sent as. The component of our scorer has a folder as its input. */
  readonly tableType: 'uri_folder' | 'mltable';
  /** Of a local folder: only these paths below it. */
  readonly only?: ReadonlySet<string>;
}

const isAddress = (input: string): boolean =>
  /^(?:azureml:|https?:\/\/)/i.test(input) || input.startsWith('/subscriptions/');

/**
 * Whether it is a local folder of which each file is a picture or nothing; of one with an MLTable the rows are the
 * table's. Throws FILE_NOT_FOUND.
 */
export async function isPictureFolder(input: string): Promise<boolean> {
  if (isAddress(input)) return false;
  const names = await readdir(resolve(input)).catch((error: unknown) => {
    if (systemErrorCode(error) === 'ENOENT')
      throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${input}`, { cause: error });
    return undefined;
  });
  return names !== undefined && !names.includes('MLTable');
}

/** An address as it is; a local folder or file is sent to the workspace's blob store first, once per content. */
export async function prepareBatchInput(
  aml: AzureMl,
  options: BatchInputOptions,
  host: Host,
  call: CallOptions,
): Promise<BatchInput> {
  const { input } = options;
  const [, name, version] = /^azureml:([^:/]+):([^:/]+)$/.exec(input) ?? [];
  if (name !== undefined && version !== undefined) {
    const uri = `${aml.workspaceId}/data/${name}/versions/${version}`;
    return { wire: { jobInputType: wireTypes[options.type ?? 'uri_folder'], uri } };
  }
  if (/^(?:azureml|https?):\/\//i.test(input) || input.startsWith('/subscriptions/')) {
    const looksLikeFile = fileEnding.test(input.replace(/[?#].*$/, ''));
    return {
      wire: {
        jobInputType: wireTypes[options.type ?? (looksLikeFile ? 'uri_file' : 'uri_folder')],
        uri: input,
      },
    };
  }
  if (/^azureml:/i.test(input))
    throw new AmlDeitError('USAGE', `the input is "${input}": expected azureml:NAME:VERSION or azureml://…`, {
      hint: 'a job is given one version: labels such as @latest are not resolved',
    });
  const path = resolve(input);
  const info = await stat(path).catch((error: unknown) => {
    throw new AmlDeitError('FILE_NOT_FOUND', `there is no ${input}`, { cause: systemErrorCode(error) });
  });
  const unsent: PredictedRow[] = [];
  const content = info.isDirectory()
    ? await folderContent(options, host, call.signal, unsent)
    : await fileContent(path, call.signal);
  if (unsent.length > 0)
    host.message({
      code: 'pictures-unreadable',
      level: 'warning',
      text: `not sent, for they cannot be read: ${unsent.length}, ${unsent[0]?.id ?? ''} for one`,
    });
  if (content.files.length === 0 && unsent.length > 0) return { wire: undefined, unsent };
  if (content.files.length === 0) throw new AmlDeitError('INPUT_EMPTY', `${input} holds no file`);
  const isTable = info.isDirectory() && content.files.some((file) => file.path === 'MLTable');
  const rows = isTable || !info.isDirectory() ? await tableRows(path, call.signal) : undefined;
  if (rows === 0)
    throw new AmlDeitError('INPUT_EMPTY', `${input} has no row`, {
      hint: 'a table needs a row below its header',
    });
  const what = content.files.length === 1 ? '1 file' : `${content.files.length} files`;
  // It becomes a part of an address, whose readers differ in what they make of other characters.
  const isPlainName = info.isDirectory() && /^\w(?:[\w.-]*\w)?$/.test(basename(path));
  const folderName = isPlainName ? basename(path) : 'input';
  const sent = await aml.uploadFolder(
    { name: folderName, content },
    {
      ...call,
      onProgress: ({ uploadedBytes, totalBytes }) =>
        host.progress({
          id: 'upload',
          text: `sending ${what}`,
          state: 'running',
          current: uploadedBytes,
          total: totalBytes,
          unit: 'bytes',
        }),
    },
  );
  host.progress({
    id: 'upload',
    text: sent.reused ? `in the blob store already: ${what}` : `sent ${what}`,
    state: sent.reused ? 'skipped' : 'done',
  });
  if (info.isDirectory()) {
    const type = options.type ?? (isTable ? options.tableType : 'uri_folder');
    const wire = { jobInputType: wireTypes[type], uri: `${sent.uri}/` };
    return type === 'uri_folder' && !isTable
      ? { wire, sent: content.files.map((file) => file.path), unsent }
      : { wire, ...(rows === undefined ? {} : { tableRows: rows }) };
  }
  return {
    wire: { jobInputType: wireTypes[options.type ?? 'uri_file'], uri: `${sent.uri}/${basename(path)}` },
    ...(rows === undefined ? { sent: [basename(path)] } : { tableRows: rows }),
  };
}

/** Of pictures only they are sent: the rest would be left out there, and fails in drivers that take every file. */
async function folderContent(
  { input, type, only }: BatchInputOptions,
  host: Host,
  signal: AbortSignal | undefined,
  unsent: PredictedRow[],
): Promise<FolderContent> {
  const path = resolve(input);
  if (!(await isPictureFolder(input)) || (type !== undefined && type !== 'uri_folder'))
    return readFolderContent(path, signal);
  const { paths, skipped } = await listPictureFolder(path, signal);
  const left = Object.entries(skipped).map(([why, count]) => `${why} ${count}`);
  if (left.length > 0)
    host.message({ code: 'files-left-out', level: 'info', text: `not sent: ${left.join(', ')}` });
  const wanted = paths.filter((one) => only?.has(one) !== false);
  if (wanted.length === 0)
    throw new AmlDeitError('INPUT_EMPTY', `${input} holds no picture`, { details: { skipped } });
  return hashFiles(path, wanted, signal, (id, { code, message }) =>
    unsent.push({ id, classes: [], error: { code, message } }),
  );
}

async function fileContent(path: string, signal: AbortSignal | undefined): Promise<FolderContent> {
  if (!fileEnding.test(path))
    throw new AmlDeitError('USAGE', `${path} is neither a folder, a table (csv, tsv, jsonl) nor a picture`);
  return hashFiles(dirname(path), [basename(path)], signal);
}
