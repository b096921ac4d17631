import { notFound } from '../../http/service-error.ts';
import { placeUri } from '../../jobs/output-place.ts';
import { resolveUri } from '../../jobs/resolve-uri.ts';
import type { TwinServices } from '../../services.ts';
import { readBody } from '../handler.ts';
import type { ArmHandler, ArmRequest } from '../handler.ts';
import { parseDataReference, parseModelReference } from '../resource-ids.ts';
import { findOutput } from './run-ids.ts';
import { assetIdsShape } from './shapes.ts';

const wireTypes: Readonly<Record<string, string>> = {
  uri_file: 'UriFile',
  uri_folder: 'UriFolder',
  mltable: 'MLTable',
};

interface Resolved {
  readonly uri: string;
  readonly type: string;
}

/** Run history's ids of models have the form of its ids of data. */
function assetOf(services: TwinServices, id: string) {
  const data = parseDataReference(services.identity, id.replace('/models/', '/data/'));
  if (data !== undefined) return data;
  const model = parseModelReference(services.identity, id);
  return model?.source === 'workspace' ? model : undefined;
}

function resolve(services: TwinServices, id: string): Resolved {
  const asset = assetOf(services, id);
  const output = asset === undefined ? undefined : findOutput(services.runs, asset.name);
  if (output !== undefined) {
    const uri = placeUri(services, output.place, output.dataType !== 'uri_file');
    if (uri !== undefined) return { uri, type: output.dataType };
  }
  const data =
    asset === undefined ? undefined : services.tables.dataVersions.get(asset.name, asset.version)?.body;
  const model =
    asset === undefined ? undefined : services.tables.modelVersions.get(asset.name, asset.version)?.body;
  const uri = /\/models\//.test(id) ? model?.modelUri : data?.dataUri;
  if (uri === undefined) throw notFound(`The asset ${id} was not found.`, 'AssetNotFound');
  const place = resolveUri(uri, services);
  const type = data?.dataType ?? 'uri_folder';
  return {
    uri:
      'fault' in place
        ? uri
        : (placeUri(services, place.place, type !== 'uri_file' && uri.endsWith('/')) ?? uri),
    type,
  };
}

function resolveAll(request: ArmRequest, services: TwinServices): readonly (readonly [string, Resolved])[] {
  const { values } = readBody(request, assetIdsShape) as { values: readonly string[] };
  return values.map((id) => [id, resolve(services, id)]);
}

export const resolvedUriHandlers = {
  'data.batchGetResolvedUris': (request, services) => ({
    status: 200,
    body: {
      values: Object.fromEntries(
        resolveAll(request, services).map(([id, { uri, type }]) => [
          id,
          { uri, type: wireTypes[type] ?? type, legacyDatasetType: null },
        ]),
      ),
    },
  }),
  'model.batchGetResolvedUris': (request, services) => ({
    status: 200,
    body: {
      values: Object.fromEntries(resolveAll(request, services).map(([id, { uri }]) => [id, { path: uri }])),
    },
  }),
} as const satisfies Record<string, ArmHandler>;
