import type { RegistryCard } from '../card/index.ts';
import { AmlDeitError } from '../errors/index.ts';
import { readTextFile } from './read-text-file.ts';

const maxBytes = 4 * 1024 * 1024;

/**
 * The metadata of a version that is known (`15`), or of a file: the registry's spec.yaml, or what `az ml model show`
 * prints as JSON or YAML, in either layout. Throws CARD_FILE_INVALID, FILE_NOT_FOUND or FILE_UNREADABLE.
 */
export async function readCard(versionOrFile: string): Promise<RegistryCard> {
  const { findRegistryCard, knownCardVersions, readRegistryCard } = await import('../card/index.ts');
  if (/^v?\d+$/.test(versionOrFile)) {
    const version = versionOrFile.replace(/^v/, '');
    const known = findRegistryCard(version);
    if (known !== undefined) return known;
    throw new AmlDeitError(
      'CARD_FILE_INVALID',
      `the metadata of version ${version} is not known: expected ${knownCardVersions.join(' or ')}, or a file`,
      {
        hint: 'save it with `az ml model show --registry-name azureml --name NAME --version VERSION -o json`',
      },
    );
  }
  const card = readRegistryCard(await parse(await readTextFile(versionOrFile, maxBytes), versionOrFile));
  if (card === undefined) {
    throw invalid(versionOrFile, 'it has neither allow-lists nor minimum specs, in tags or system_metadata');
  }
  return card;
}

async function parse(text: string, file: string): Promise<unknown> {
  if (/^\s*\{/.test(text)) {
    try {
      return JSON.parse(text) as unknown;
    } catch {
      // YAML's flow style begins in the same way.
    }
  }
  const { parseYaml, renderDiagnostic, toValue } = await import('../documents/index.ts');
  const {
    roots: [root],
    diagnostics,
  } = parseYaml(text, file);
  const error = diagnostics.find(({ severity }) => severity === 'error');
  if (error !== undefined)
    throw invalid(file, `it is neither JSON nor YAML\n${renderDiagnostic(error, text)}`);
  return root === undefined ? undefined : toValue(root);
}

function invalid(file: string, fault: string): AmlDeitError {
  return new AmlDeitError('CARD_FILE_INVALID', `${file} is no model's metadata: ${fault.trimEnd()}`);
}
