import type { Card } from '../card/index.ts';

/** The model card of version 15, whole: every tag and property as the registry holds them, and what they mean. */
export async function showCard(): Promise<Card> {
  const { card } = await import('../card/index.ts');
  return card;
}
