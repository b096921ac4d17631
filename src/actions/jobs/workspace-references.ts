import { copyFile, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import type { AzureMl, CallOptions } from '../../azure/index.ts';
import { AmlDeitError } from '../../errors/index.ts';
import { readFolderContent, silentHost } from '../../io/index.ts';
import type { ActionContext } from '../../io/index.ts';
import type { ReferenceResolver } from './pipeline-body.ts';

export interface WorkspaceReferenceOptions extends ActionContext {
  /** Relative paths of the document are meant from here. */
  readonly directory: string;
}

const modelTypes: ReadonlySet<string> = new Set(['mlflow_model', 'custom_model', 'triton_model']);

/**
 * The references of a document in one workspace: `azureml:NAME:VERSION` becomes an ARM id, a local folder or file is sent
 * to the default datastore, once per content. Throws FILE_NOT_FOUND, ASSET_NOT_FOUND, UPLOAD_FAILED.
 */
export function workspaceReferences(aml: AzureMl, options: WorkspaceReferenceOptions): ReferenceResolver {
  const call: CallOptions = options.signal === undefined ? {} : { signal: options.signal };
  const uploaded = new Map<string, Promise<string>>();

  const armId = (kind: string, reference: string): string | undefined => {
    if (/^(?:azureml:)?\/subscriptions\//i.test(reference)) return reference.replace(/^azureml:/, '');
    const [, name, version] = /^azureml:([^:/@]+):([^:/@]+)$/.exec(reference) ?? [];
    return name === undefined || version === undefined
      ? undefined
      : `${aml.workspaceId}/${kind}/${name}/versions/${version}`;
  };

  const latestModel = async (reference: string): Promise<string | undefined> => {
    const [, name] = /^azureml:([^:/@]+)@latest$/.exec(reference) ?? [];
    if (name === undefined) return undefined;
    const [newest] = await aml.models.list(name, call);
    if (newest === undefined) throw new AmlDeitError('ASSET_NOT_FOUND', `there is no model "${name}"`);
    return newest.id;
  };

  return {
    async data(path, type) {
      const isModel = modelTypes.has(type);
      const asset =
        armId(isModel ? 'models' : 'data', path) ?? (isModel ? await latestModel(path) : undefined);
      if (asset !== undefined) return asset;
      if (/^[a-z][a-z0-9+.-]+:/i.test(path)) return path;
      const local = resolve(options.directory, path);
      const known = uploaded.get(`${local} ${type}`) ?? upload(aml, local, type, options);
      uploaded.set(`${local} ${type}`, known);
      return known;
    },
    component: (reference) => armId('components', reference) ?? reference,
    environment: (reference) => armId('environments', reference) ?? reference,
    compute(reference) {
      if (/^(?:azureml:)?\/subscriptions\//i.test(reference)) return reference.replace(/^azureml:/, '');
      return `${aml.workspaceId}/computes/${reference.replace(/^azureml:/, '')}`;
    },
  };
}

/** Where it is then. An MLTable's address has no slash at its end, a folder's has. */
async function upload(
  aml: AzureMl,
  local: string,
  type: string,
  options: WorkspaceReferenceOptions,
): Promise<string> {
  const host = options.host ?? silentHost;
  const found = await stat(local).catch(() => undefined);
  if (found === undefined) throw new AmlDeitError('FILE_NOT_FOUND', `${local} does not exist`);
  const name = basename(local);
  const progress = { id: `upload-${local}`, text: `upload ${name}`, unit: 'bytes' } as const;
  const send = async (directory: string): Promise<string> => {
    const content = await readFolderContent(directory, options.signal);
    host.progress({ ...progress, state: 'running', current: 0, total: content.totalBytes });
    const { uri } = await aml.uploadFolder(
      { name, content },
      {
        ...(options.signal === undefined ? {} : { signal: options.signal }),
        onProgress: ({ uploadedBytes, totalBytes }) =>
          host.progress({ ...progress, state: 'running', current: uploadedBytes, total: totalBytes }),
      },
    );
    host.progress({ ...progress, state: 'done' });
    return uri;
  };
  if (found.isDirectory()) {
    const uri = await send(local);
    return type === 'mltable' ? uri : `${uri}/`;
  }
  // Folders are what is sent: the file goes into one of its own, and is addressed in it.
  const directory = await mkdtemp(join(tmpdir(), 'aml-deit-upload-'));
  try {
    await copyFile(local, join(directory, name));
    return `${await send(directory)}/${name}`;
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
}
