import type { BodyShape } from '../../http/validate.ts';
import { flag } from '../body-members.ts';

export const listSecretsShape: BodyShape = {
  type: 'object',
  members: { expirableSecret: flag, expireAfterHours: { type: 'integer', min: 1, max: 24 } },
};
