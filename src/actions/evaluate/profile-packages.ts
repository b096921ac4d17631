import { constants } from 'node:fs';
import { copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ProfileName } from '../../vision/index.ts';

/** Copies of a model package that differ in how they prepare pictures, one for each profile. */
export async function profilePackages(
  packageDirectory: string,
  scratch: string,
): Promise<readonly { readonly profile: ProfileName; readonly directory: string }[]> {
  const { manifestFileName, profilePreprocessing, profiles, readModelPackage } =
    await import('../../vision/index.ts');
  const { manifest } = await readModelPackage(packageDirectory);
  const made: { profile: ProfileName; directory: string }[] = [];
  for (const profile of Object.keys(profiles) as ProfileName[]) {
    const directory = join(scratch, profile);
    await mkdir(directory, { recursive: true });
    for (const name of await readdir(packageDirectory))
      await copyFile(join(packageDirectory, name), join(directory, name), constants.COPYFILE_FICLONE);
    const file = join(directory, manifestFileName);
    const text = JSON.parse(await readFile(file, 'utf8')) as object;
    const { imageSize, channels } = manifest.architecture;
    const preprocessing = profilePreprocessing(profile, imageSize, channels);
    await writeFile(file, JSON.stringify({ ...text, preprocessing }));
    made.push({ profile, directory });
  }
  return made;
}
