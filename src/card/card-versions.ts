import card15 from './card.json' with { type: 'json' };
import card20 from './card-20.json' with { type: 'json' };
import { readRegistryCard } from './registry-card.ts';
import type { RegistryCard } from './registry-card.ts';
import history from './versions.json' with { type: 'json' };

/** One version of the model in the registry, as its public sources tell. */
export interface CardVersion {
  readonly version: string;
  /** `YYYY-MM-DD`: when the sources first had it. */
  readonly since: string;
  /** What it changed, as far as it matters to users of the card. */
  readonly changes: readonly string[];
}

/** Every version of facebook-deit-base-patch16-224 that the registry's sources had, the oldest first. */
export const cardVersions: readonly CardVersion[] = history.versions;

/** The versions whose metadata is known whole. */
export const knownCardVersions = ['15', '20'] as const;

/** The metadata of a version; undefined for one that is not known whole. */
export function findRegistryCard(version: string): RegistryCard | undefined {
  if (version === '15') return readRegistryCard(card15);
  return version === '20' ? readRegistryCard(card20) : undefined;
}
