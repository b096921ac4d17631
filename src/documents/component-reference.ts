/** A component as a node names it. */
export type ComponentReference =
  | {
      readonly is: 'registry';
      readonly registry: string;
      readonly name: string;
      /** Undefined for a label. */
      readonly version: string | undefined;
    }
  /** In the workspace, or in whichever registry the document itself is in. */
  | { readonly is: 'workspace' }
  | { readonly is: 'file'; readonly path: string };

export function parseComponentReference(text: string): ComponentReference {
  const [, registry, name, kind, value] =
    /^azureml:\/\/registries\/([^/]+)\/components\/([^/]+)(?:\/(versions|labels)\/([^/]+))?\/?$/.exec(text) ??
    [];
  if (registry !== undefined && name !== undefined) {
    return { is: 'registry', registry, name, version: kind === 'versions' ? value : undefined };
  }
  if (text.startsWith('azureml:')) return { is: 'workspace' };
  return { is: 'file', path: text.startsWith('file:') ? text.slice('file:'.length) : text };
}
