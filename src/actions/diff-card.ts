import type { CardDiff, RegistryCard } from '../card/index.ts';
import { readCard } from './read-card.ts';

export interface DiffCardOptions {
  /** A version whose metadata is known (`15`, `20`), or a file of metadata. */
  readonly from: string;
  readonly to: string;
}

export interface DiffCardResult extends CardDiff {
  readonly from: RegistryCard;
  readonly to: RegistryCard;
}

/**
 * Compares two cards: allow-lists, minimum specs, wire format, metadata layout and the rest of what they state.
 * Throws CARD_FILE_INVALID, FILE_NOT_FOUND or FILE_UNREADABLE.
 */
export async function diffCard(options: DiffCardOptions): Promise<DiffCardResult> {
  const { diffCards } = await import('../card/index.ts');
  const from = await readCard(options.from);
  const to = await readCard(options.to);
  return { from, to, ...diffCards(from, to) };
}
