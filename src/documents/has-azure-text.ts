import { namesAzure } from './has-evidence.ts';

/** Only the beginning of a large file is looked at. */
const lookedAt = 256 * 1024;

/**
 * Whether a file that cannot be read as YAML looks as if it was meant for Azure ML: then its fault is worth telling,
 * while a chart's template is somebody else's.
 */
export function hasAzureText(content: string | Uint8Array): boolean {
  const text =
    typeof content === 'string'
      ? content.slice(0, lookedAt)
      : new TextDecoder('latin1').decode(content.subarray(0, lookedAt)).replaceAll(/\0|^(?:ÿþ|þÿ|ï»¿)/g, '');
  if (/^\s*["']?\$schema["']?\s*:\s*\S*azureml/im.test(text)) return true;
  const keys =
    /^(endpoint_name|instance_type|scoring_script|code_configuration|mini_batch_size|auth_mode)\s*:/gm;
  const found = new Set(Array.from(text.matchAll(keys), ([, key]) => key));
  return found.size > 1 || (found.size > 0 && namesAzure(text));
}
