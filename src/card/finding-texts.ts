import type { LockFindingCode } from './lock.ts';
import type { SkuFindingCode } from './sku-finding.ts';
import { lifecycleSource, managedOnlineSource, quotaSource } from './vm-sizes.ts';

/** What a finding's code means, for people: `aml-deit explain CODE` prints it. */
export interface FindingText {
  /** One sentence, what is wrong. */
  readonly meaning: string;
  /** What happens if it stays as it is. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
  readonly source?: string;
}

const cardSource = 'https://ml.azure.com/registries/azureml/models/facebook-deit-base-patch16-224/version/15';
const validatorSource =
  'https://github.com/Azure/azureml-assets/blob/main/scripts/azureml-assets/azureml/assets/validate_assets.py';

/** Every code that checks of VM sizes and of the lock file give. */
export const findingTexts = {
  'sku-unknown': {
    meaning: 'No VM size of this name is known.',
    why: 'Azure refuses a size that does not exist, after the endpoint has been made and files have been sent.',
    remedy:
      "Use one of the suggested names, or look at `aml-deit sku list`. Upper and lower case don't matter.",
    source: managedOnlineSource,
  },
  'sku-not-listed': {
    meaning: "The size is not on the card's allow-list for the task.",
    why: 'The list is what the registry says the model was tried on; the minimum is only derived from it, so a size that meets the minimum may still be refused.',
    remedy:
      'Use one of the nearest sizes that are listed, or ask `aml-deit sku recommend` for the smallest sound one.',
    source: cardSource,
  },
  'sku-below-minimum': {
    meaning: "The size has less of something than the card's minimum for the task.",
    why: 'The minimum is vCPUs, GPUs, memory and temporary disk, each the least that any listed size has. Below it the model may not load, or the job may run out of disk.',
    remedy: 'Use a size with at least that much. The disk that counts is the temporary disk, not NVMe.',
    source: validatorSource,
  },
  'sku-retired': {
    meaning: 'Azure has retired the size.',
    why: 'It can no longer be created, and machines that ran on it have been stopped, except in the regions that are named.',
    remedy: 'Use another size of the list that is live.',
    source: lifecycleSource,
  },
  'sku-retirement-announced': {
    meaning: 'Azure has announced the day on which it retires the size.',
    why: 'On that day machines on it are stopped.',
    remedy: 'Plan to move before the day; for something new use a size that stays.',
    source: lifecycleSource,
  },
  'sku-closed-to-new-subscriptions': {
    meaning: 'New subscriptions cannot deploy the size, and nobody is granted more quota for it.',
    why: 'It works only within the quota that a subscription already has; Azure does not say whether this binds the quota of Azure ML.',
    remedy: 'Use a size that is open, unless your subscription has quota for this one.',
    source: lifecycleSource,
  },
  'sku-not-managed-online': {
    meaning: 'The size is not on the documented list of sizes for managed online endpoints.',
    why: 'Azure may refuse a managed online deployment on it. Batch deployments and jobs run on compute clusters and are not bound by this list.',
    remedy: 'For an online deployment use a size of the list: `aml-deit sku list --managed-online`.',
    source: managedOnlineSource,
  },
  'sku-quota-short': {
    meaning: 'The quota leaves fewer cores than are needed.',
    why: 'Azure refuses the deployment. A managed online deployment needs a fifth more instances than it asks for, rounded up, as a reserve for upgrades, except on a few GPU sizes.',
    remedy: 'Ask for more quota, use fewer instances, or a smaller size or one of another family.',
    source: quotaSource,
  },
  'sku-quota-unknown': {
    meaning: "The list of quotas does not name the size's family.",
    why: 'Whether the cores suffice is not known; it does not mean that there are none.',
    remedy: 'Give the list of the region and provider in question: `az ml compute list-usage -o json`.',
    source: quotaSource,
  },
  'sku-gpu-unused': {
    meaning: 'The size has a GPU and the image is built for the CPU.',
    why: 'The GPU is paid for and idle.',
    remedy: 'Use a size without a GPU: `aml-deit sku recommend --no-gpu`.',
  },
  'sku-gpu-missing': {
    meaning: 'The image is built for a GPU and the size has none.',
    why: 'It does not start, or it falls back to the CPU and is slow.',
    remedy: 'Use a size with a GPU: `aml-deit sku recommend --gpu`.',
  },
  'lock-version-differs': {
    meaning: 'The version of the model is not the one that is locked.',
    why: 'From version 16 on requests and responses have another form: clients that fit one version fail with another.',
    remedy: 'Name the locked version, or lock the new one: `aml-deit card lock --force`.',
    source:
      'https://github.com/Azure/azureml-assets/tree/main/assets/models/system/facebook-deit-base-patch16-224',
  },
  'lock-wire-format-differs': {
    meaning: 'The form of requests and responses is not the one that is locked.',
    why: "Version 15 takes a table with the column 'image' and answers all classes; version 16 and newer take a list and answer the five best.",
    remedy: 'Compare with `aml-deit card diff 15 20`, adapt the clients, then lock again.',
  },
  'lock-card-changed': {
    meaning: 'The card states something else than when it was locked, though the version is the same.',
    why: 'The registry changes the metadata of a version: lists of sizes and minimums have moved under one number before.',
    remedy: 'See what changed with `aml-deit card diff`, then lock again: `aml-deit card lock --force`.',
  },
  'model-not-pinned': {
    meaning: 'A model is named without a version, or by a label such as latest.',
    why: 'What runs changes when somebody registers a version: from 15 to 16 the request and the response changed.',
    remedy: 'Write the version: `azureml://registries/azureml/models/NAME/versions/15`.',
  },
} as const satisfies Readonly<Record<SkuFindingCode | LockFindingCode, FindingText>>;
