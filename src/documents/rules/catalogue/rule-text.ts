/** What a code of a finding means, for people: `aml-deit explain CODE` prints it. */
export interface RuleText {
  /** One sentence, what is wrong. */
  readonly meaning: string;
  /** What happens if it stays as it is. */
  readonly why: string;
  /** What to do. */
  readonly remedy: string;
  /** Where it is documented or how it was found; a URL where there is one. */
  readonly source?: string;
}
