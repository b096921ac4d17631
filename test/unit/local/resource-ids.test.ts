import { describe, expect, it } from 'vitest';
import {
  formatDatastoreUri,
  parseDatastoreUri,
  parseEnvironmentReference,
  parseModelReference,
  workspaceId,
} from '../../../src/local/arm/resource-ids.ts';
import { createIdentity } from '../../../src/local/lifecycle/identity.ts';

const identity = createIdentity();
const workspace = workspaceId(identity);

describe('ids of resources', () => {
  it('of models: of this workspace in any case, or of a registry', () => {
    const here = { source: 'workspace', name: 'm', version: '2' };
    expect(parseModelReference(identity, `${workspace}/models/m/versions/2`)).toEqual(here);
    expect(
      parseModelReference(
        identity,
        `${workspace.replace('resourceGroups', 'resourcegroups')}/models/m/versions/2`,
      ),
    ).toEqual(here);
    expect(parseModelReference(identity, 'azureml://registries/azureml/models/m/versions/15')).toEqual({
      source: 'registry',
      registry: 'azureml',
      name: 'm',
      version: '15',
    });
  });

  it.each(['m:2', `${workspace}/models/m`, `${workspace}x/models/m/versions/2`, '/models/m/versions/2', ''])(
    'refuse "%s"',
    (id) => {
      expect(parseModelReference(identity, id)).toBeUndefined();
      expect(parseEnvironmentReference(identity, id)).toBeUndefined();
    },
  );

  it('of datastore paths: short, long, and long in the spelling of the Python client', () => {
    const path = { datastore: 'workspaceblobstore', path: 'LocalUpload/x/y' };
    const long = formatDatastoreUri(identity, path);
    for (const uri of [
      'azureml://datastores/workspaceblobstore/paths/LocalUpload/x/y',
      long,
      long.replace('resourceGroups', 'resourcegroups'),
    ])
      expect(parseDatastoreUri(identity, uri)).toEqual(path);
    expect(parseDatastoreUri(identity, long.replace(identity.workspaceName, 'other'))).toBeUndefined();
    expect(parseDatastoreUri(identity, 'https://a.blob.core.windows.net/c/p')).toBeUndefined();
  });
});
