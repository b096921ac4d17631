import { describe, expect, it } from 'vitest';
import { profilePreprocessing, profiles } from '../../../src/vision/index.ts';
import type { ProfileName } from '../../../src/vision/index.ts';
import { checkPreprocessing } from '../../../src/vision/preprocessing-config.ts';

describe('profiles', () => {
  it('resize to 224, 256, 256 and 248 for the 224 model', () => {
    const sides = (Object.keys(profiles) as ProfileName[]).map((name) => {
      const { resize } = profilePreprocessing(name, 224);
      return resize.mode === 'squash' ? resize.height : resize.mode === 'shortest-edge' ? resize.size : 0;
    });
    expect(sides).toEqual([224, 256, 256, 248]);
  });

  it.each([16, 30, 32, 64, 224, 384])('give what a model of size %i takes', (imageSize) => {
    for (const name of Object.keys(profiles) as ProfileName[]) {
      expect(() => checkPreprocessing(profilePreprocessing(name, imageSize), imageSize)).not.toThrow();
    }
  });

  it("give grey pictures to a model of one channel, by the first channel's statistics", () => {
    const { mean, std, channels } = profilePreprocessing('deit', 224, 1);
    expect({ mean, std, channels }).toEqual({
      mean: [0.485, 0.485, 0.485],
      std: [0.229, 0.229, 0.229],
      channels: 1,
    });
    expect(profilePreprocessing('deit', 224)).not.toHaveProperty('channels');
  });
});
