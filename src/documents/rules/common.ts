import type { Rule } from '../kinds/kind.ts';
import { cardLockRule } from './card-lock.ts';
import { vmSizeRule } from './vm-size.ts';

/** What holds for documents of every kind; they come before the rules of the kind. */
export const commonRules: readonly Rule[] = [cardLockRule, vmSizeRule];
