import { hasPlaceholder } from '../placeholder.ts';

/** The types of assets and resources that documents refer to, as they stand in ids and URIs. */
export type AssetType =
  'models' | 'environments' | 'components' | 'data' | 'computes' | 'jobs' | 'datastores';

export type AssetReference =
  | {
      readonly form: 'name' | 'arm-id' | 'registry';
      /** As it stands there; undefined for a name. */
      readonly type?: string;
      readonly name: string;
      readonly version?: string;
      readonly label?: string;
    }
  /** A URI of another kind, or something that is still to be filled in: nothing is said about it. */
  | { readonly form: 'other' }
  | { readonly form: 'malformed'; readonly why: string };

const word = /^[-_.a-zA-Z0-9]+$/;

/** Reads what follows the rule `azureml:…`; text without that prefix is `other`. */
export function parseAssetReference(text: string): AssetReference {
  if (!text.startsWith('azureml:') || hasPlaceholder(text)) return { form: 'other' };
  if (text.startsWith('azureml://registries/')) return parseRegistryUri(text);
  if (text.startsWith('azureml://')) return { form: 'other' };
  const rest = text.slice('azureml:'.length);
  if (rest.startsWith('/') || /^subscriptions\//i.test(rest)) return parseArmId(rest);
  return parseName(rest);
}

function parseName(text: string): AssetReference {
  if (text.includes('/')) {
    return { form: 'malformed', why: 'it has a slash, and an ARM id begins with /subscriptions/' };
  }
  const at = text.lastIndexOf('@');
  if (at !== -1) {
    const name = text.slice(0, at);
    const label = text.slice(at + 1);
    if (name.includes(':')) return { form: 'malformed', why: 'it has both a version and a label' };
    if (!word.test(name) || !word.test(label))
      return { form: 'malformed', why: 'a name or label is missing' };
    return { form: 'name', name, label };
  }
  const [name = '', version, ...more] = text.split(':');
  if (more.length > 0) return { form: 'malformed', why: 'it has more than one version' };
  if (version === '') return { form: 'malformed', why: 'nothing follows the colon' };
  if (!word.test(name)) {
    return { form: 'malformed', why: 'a name has letters, digits, dots, dashes and underscores' };
  }
  return { form: 'name', name, ...(version === undefined ? {} : { version }) };
}

const workspacePattern =
  /^\/?subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.MachineLearningServices\/workspaces\/[^/]+\/([^/]+)\/([^/]+)(?:\/(versions|labels)\/([^/]+))?\/?$/i;

function parseArmId(text: string): AssetReference {
  const match = workspacePattern.exec(text);
  if (match === null) {
    // Virtual clusters and other providers have ids of their own.
    const known = /^\/?subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/[^/]+\/.+/i.test(text);
    return known && !/\/Microsoft\.MachineLearningServices\/workspaces\//i.test(text)
      ? { form: 'other' }
      : { form: 'malformed', why: 'it is no whole ARM id' };
  }
  const [, type = '', name = '', kind, value = ''] = match;
  if (kind !== undefined && !text.includes('/resourceGroups/')) {
    return { form: 'malformed', why: 'its parts are read in their own case: /resourceGroups/' };
  }
  return { form: 'arm-id', type, name, ...versionOrLabel(kind, value) };
}

function parseRegistryUri(text: string): AssetReference {
  const [registry = '', type = '', name = '', kind, value = '', ...more] = text
    .slice('azureml://registries/'.length)
    .split('/');
  if (registry === '' || type === '' || name === '') {
    return { form: 'malformed', why: 'expected azureml://registries/REGISTRY/TYPE/NAME/versions/VERSION' };
  }
  const isKind = kind === undefined || kind === 'versions' || kind === 'labels';
  if (!isKind || (kind !== undefined && value === '') || more.length > 0) {
    return { form: 'malformed', why: 'expected /versions/VERSION or /labels/LABEL after the name' };
  }
  return { form: 'registry', type, name, ...versionOrLabel(kind, value) };
}

function versionOrLabel(kind: string | undefined, value: string): { version?: string; label?: string } {
  if (kind === undefined) return {};
  return kind.toLowerCase() === 'versions' ? { version: value } : { label: value };
}
