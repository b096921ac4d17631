import type { BodyShape } from '../../http/validate.ts';
import { text } from '../body-members.ts';

export const dataReferenceShape: BodyShape = {
  type: 'object',
  required: ['assetId'],
  members: { assetId: text, blobUri: text },
};
