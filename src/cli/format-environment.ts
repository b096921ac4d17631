export const shells = ['bash', 'fish', 'powershell', 'dotenv'] as const;
export type Shell = (typeof shells)[number];

/** The shell that a person at this machine most likely types `eval` in. */
export function defaultShell(env: NodeJS.ProcessEnv, platform: NodeJS.Platform): Shell {
  if (platform === 'win32') return 'powershell';
  return /(?:^|\/)fish$/.test(env['SHELL'] ?? '') ? 'fish' : 'bash';
}

const quote: Readonly<Record<Shell, (value: string) => string>> = {
  // Within single quotes nothing is special but the quote itself.
  bash: (value) => `'${value.replaceAll("'", String.raw`'\''`)}'`,
  fish: (value) => `'${value.replaceAll('\\', '\\\\').replaceAll("'", String.raw`\'`)}'`,
  powershell: (value) => `'${value.replaceAll("'", "''")}'`,
  dotenv: (value) => `"${value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('$', '\\$')}"`,
};

const assign: Readonly<Record<Shell, (name: string, value: string) => string>> = {
  bash: (name, value) => `export ${name}=${value}`,
  fish: (name, value) => `set -gx ${name} ${value};`,
  powershell: (name, value) => `$env:${name} = ${value}`,
  dotenv: (name, value) => `${name}=${value}`,
};

/** Lines that set variables in a shell, for `eval` (bash, zsh and sh alike), or as a `.env` file. */
export function formatEnvironment(variables: Readonly<Record<string, string>>, shell: Shell): string {
  return Object.entries(variables)
    .map(([name, value]) => `${assign[shell](name, quote[shell](value))}\n`)
    .join('');
}
