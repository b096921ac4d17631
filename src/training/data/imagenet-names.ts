/** How folders of ImageNet become the labels of the model card, in the order of its logits. */
export interface ImagenetNames {
  readonly labels: readonly string[];
  readonly nameClass: (folder: string) => string;
}

/** When every folder is a WordNet id that ImageNet has (`n01440764`): undefined for any other folders. */
export async function imagenetNames(folders: readonly string[]): Promise<ImagenetNames | undefined> {
  if (!folders.every((folder) => /^n\d{8}$/.test(folder))) return undefined;
  const { imagenetClasses } = await import('../../card/imagenet-classes.ts');
  if (!folders.every((folder) => Object.hasOwn(imagenetClasses, folder))) return undefined;
  return { labels: Object.values(imagenetClasses), nameClass: (folder) => imagenetClasses[folder] ?? folder };
}
