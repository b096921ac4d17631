import type { BodyShape } from '../../http/validate.ts';
import { envelope, flag, ignored, looseMap, text, textMap } from '../body-members.ts';

export const listSecretsShape: BodyShape = {
  type: 'object',
  members: { expirableSecret: flag, expireAfterHours: { type: 'integer', min: 1, max: 24 } },
};

export const blobDatastoreShape: BodyShape = {
  type: 'object',
  required: ['properties'],
  members: {
    ...envelope,
    properties: {
      type: 'object',
      required: ['datastoreType', 'credentials', 'accountName', 'containerName'],
      members: {
        datastoreType: text,
        accountName: {
          type: 'string',
          pattern: /^[a-z0-9]{3,24}$/,
          expected: '3 to 24 lower-case letters and digits',
        },
        containerName: {
          type: 'string',
          pattern: /^(?=.{3,63}$)[a-z0-9]+(?:-[a-z0-9]+)*$/,
          expected: '3 to 63 lower-case letters, digits and single dashes',
        },
        credentials: {
          type: 'object',
          required: ['credentialsType'],
          members: {
            credentialsType: text,
            secrets: {
              type: 'object',
              members: { secretsType: text, key: text, sasToken: text },
            },
          },
        },
        description: text,
        tags: textMap,
        properties: looseMap,
        endpoint: text,
        protocol: { type: 'string', oneOf: ['http', 'https', 'wasbs', 'abfss'] },
        serviceDataAccessAuthIdentity: {
          type: 'string',
          oneOf: ['None', 'WorkspaceSystemAssignedIdentity', 'WorkspaceUserAssignedIdentity'],
        },
        isDefault: ignored,
        resourceGroup: ignored,
        subscriptionId: ignored,
        intellectualProperty: ignored,
      },
    },
  },
};
