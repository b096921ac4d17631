import { describe, expect, it } from 'vitest';
import { writingTo } from '../../../src/actions/quickstart/own-folder.ts';
import { AmlDeitError } from '../../../src/errors/index.ts';

describe('writingTo', () => {
  it('says of a full disk where it could not write', async () => {
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    await expect(writingTo('/somewhere/out', () => Promise.reject(full))).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITTEN',
      message: '/somewhere/out cannot be written: ENOSPC: no space left on device, write',
    });
  });

  it.each([
    new AmlDeitError('CHECKPOINT_INVALID', 'no checkpoint'),
    new TypeError('a defect'),
    Object.assign(new Error('gone'), { code: 'ERR_MODULE_NOT_FOUND' }),
  ])('lets $name through as it is', async (raised) => {
    await expect(writingTo('/somewhere/out', () => Promise.reject(raised))).rejects.toBe(raised);
  });
});
