/**
 * Whether text is coloured: on a terminal, unless NO_COLOR or a terminal that cannot says otherwise; FORCE_COLOR wins
 * over all, for CI logs that show colours.
 */
export function useColor(isTerminal: boolean, env: NodeJS.ProcessEnv): boolean {
  const { FORCE_COLOR: force, NO_COLOR: no, TERM: terminal } = env;
  if (force !== undefined) return force !== '0' && force !== 'false';
  return isTerminal && (no === undefined || no === '') && terminal !== 'dumb';
}
