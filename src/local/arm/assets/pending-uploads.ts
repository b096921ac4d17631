import { randomBytes, randomUUID } from 'node:crypto';
import { formatBlobUrl } from '../../storage/blob-url.ts';
import { readBody } from '../handler.ts';
import type { ArmHandler } from '../handler.ts';
import { pendingUploadShape } from './shapes.ts';

const sasLifetimeMs = 24 * 60 * 60 * 1000;

/** A new container for one snapshot, with a SAS: clients write to it and never create containers themselves. */
const startPendingUpload: ArmHandler = async (request, services) => {
  readBody(request, pendingUploadShape);
  const { identity } = services;
  const container = `${identity.workspaceId}-${randomBytes(13).toString('hex')}`.slice(0, 63);
  await services.blobs.createContainer(container);
  const blobUri = formatBlobUrl(identity, services.port(), { container, path: '' });
  return {
    status: 200,
    body: {
      blobReferenceForConsumption: {
        blobUri,
        storageAccountArmId: `/subscriptions/${identity.subscriptionId}/resourceGroups/${identity.resourceGroup}/providers/Microsoft.Storage/storageAccounts/${identity.account}`,
        credential: {
          credentialType: 'SAS',
          sasUri: `${blobUri}?${services.blobs.createSas(sasLifetimeMs)}`,
        },
      },
      pendingUploadId: randomUUID(),
      pendingUploadType: 'None',
    },
  };
};

export const pendingUploadHandlers = {
  'model.startPendingUpload': startPendingUpload,
  'data.startPendingUpload': startPendingUpload,
  'code.startPendingUpload': startPendingUpload,
} as const satisfies Record<string, ArmHandler>;
