/** A registered model as documents name it: `azureml://registries/…`, `azureml:NAME:VERSION`, `azureml:NAME@LABEL`. */
export interface ModelReference {
  /** null for a model of the workspace. */
  readonly registry: string | null;
  readonly name: string;
  /** null where a label or nothing says which. */
  readonly version: string | null;
  readonly label: string | null;
}

/** undefined for what names no registered model: a path, a job's output, an expression. */
export function parseModelReference(text: string): ModelReference | undefined {
  const uri =
    /^azureml:\/\/(?:registries\/(?<registry>[^/]+)\/|(?:[^/]+\/[^/]+\/)*?)models\/(?<name>[^/]+)(?:\/(?<part>versions|labels)\/(?<value>[^/]+))?$/i.exec(
      text,
    )?.groups;
  if (uri?.name !== undefined) {
    const isLabel = uri.part?.toLowerCase() === 'labels';
    return {
      registry: uri.registry ?? null,
      name: uri.name,
      version: isLabel ? null : (uri.value ?? null),
      label: isLabel ? (uri.value ?? null) : null,
    };
  }
  const short = /^azureml:(?<name>[^:@/]+)(?:(?<mark>[:@])(?<value>[^:@/]+))?$/i.exec(text)?.groups;
  if (short?.name === undefined) return undefined;
  return {
    registry: null,
    name: short.name,
    version: short.mark === ':' ? (short.value ?? null) : null,
    label: short.mark === '@' ? (short.value ?? null) : null,
  };
}
