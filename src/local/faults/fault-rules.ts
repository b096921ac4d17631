import { faultSites } from './fault-rule.ts';
import type { FaultEvent, FaultReport, FaultRule, FaultSite } from './fault-rule.ts';
import { fires, matchesFault } from './match-fault.ts';
import { parseFault } from './parse-fault.ts';

interface RuleState {
  readonly id: string;
  readonly rule: FaultRule;
  matched: number;
  hits: number;
  readonly cleared: AbortController;
}

/** A fault that happens now. */
export interface FiredFault {
  readonly id: string;
  readonly rule: FaultRule;
  /** Aborts when the rule is cleared: what waits for that goes on. */
  readonly cleared: AbortSignal;
}

/**
 * The fault rules of a twin, in memory: they end with the process. The first rule that hits an event decides; delays
 * add up before it.
 */
export class FaultRules {
  #rules: RuleState[] = [];
  #added = 0;

  /** Throws FAULT_INVALID. */
  add(given: FaultRule): FaultReport {
    const rule = parseFault(given);
    this.#added += 1;
    const state: RuleState = {
      id: `fault-${this.#added}`,
      rule,
      matched: 0,
      hits: 0,
      cleared: new AbortController(),
    };
    this.#rules.push(state);
    return this.#report(state);
  }

  #report({ id, rule, matched, hits }: RuleState): FaultReport {
    return { id, rule, matched, hits };
  }

  list(): FaultReport[] {
    return this.#rules.map((state) => this.#report(state));
  }

  /** Takes one rule back, or all of them; gives how many. */
  clear(id?: string): number {
    const gone = this.#rules.filter((state) => id === undefined || state.id === id);
    this.#rules = this.#rules.filter((state) => !gone.includes(state));
    for (const state of gone) state.cleared.abort();
    return gone.length;
  }

  /** What goes wrong with an event, in order. Every rule that is about it counts it, up to the one that decides. */
  take(site: FaultSite, event: FaultEvent): FiredFault[] {
    const fired: FiredFault[] = [];
    for (const state of this.#rules) {
      const { rule } = state;
      if (faultSites[rule.kind] !== site || !matchesFault(rule, event)) continue;
      const hit = fires(rule, state.matched, state.hits);
      state.matched += 1;
      if (!hit) continue;
      state.hits += 1;
      fired.push({ id: state.id, rule, cleared: state.cleared.signal });
      if (rule.kind !== 'delay') break;
    }
    return fired;
  }
}
