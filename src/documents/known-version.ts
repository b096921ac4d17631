import { registryComponents } from '../card/index.ts';
import type { KnownComponent } from '../card/known-components/index.ts';

/** The first version of the fine-tune pipeline whose inputs are those of the version that we know. */
const firstStableFinetune = 10;

/**
 * How well the interface that we know fits a version: `exact`, `likely` where it has been the same for long, or a label
 * stands for whichever is newest; undefined where nothing is known.
 */
export function knownVersion(
  component: KnownComponent,
  version: string | undefined,
): 'exact' | 'likely' | undefined {
  if (version === undefined) return 'likely';
  if (version === component.version) return 'exact';
  const patch = /^0\.0\.(\d+)$/.exec(version)?.[1];
  const isStable =
    component.name === registryComponents.finetune.name &&
    patch !== undefined &&
    Number(patch) >= firstStableFinetune;
  return isStable ? 'likely' : undefined;
}
