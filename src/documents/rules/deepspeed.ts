import type { CheckedDocument } from '../checked-document.ts';
import type { Rule } from '../kinds/kind.ts';

/** The fine-tune component reads JSON; YAML that is none would pass here and fail there. */
export const deepspeedJsonRule: Rule = {
  name: 'deepspeed-json',
  codes: ['deepspeed-json'],
  check(document) {
    try {
      JSON.parse(document.text.source);
    } catch {
      const message = 'the file is YAML and no JSON, which is what DeepSpeed reads';
      document.error('deepspeed-json', message);
    }
  },
};

export const deepspeedPrecisionRule: Rule = {
  name: 'deepspeed-two-precisions',
  codes: ['deepspeed-two-precisions'],
  check(document) {
    const isOn = (key: string): boolean => document.sound(key, 'enabled') === true;
    if (!isOn('fp16') || !isOn('bf16')) return;
    const message = 'fp16 and bf16 are both on: DeepSpeed takes one of them';
    document.error('deepspeed-two-precisions', message, 'bf16', 'enabled');
  },
};

export const deepspeedBatchRule: Rule = {
  name: 'deepspeed-batch',
  codes: ['deepspeed-batch'],
  check(document) {
    const total = numberAt(document, 'train_batch_size');
    const micro = numberAt(document, 'train_micro_batch_size_per_gpu') ?? 1;
    const accumulation = numberAt(document, 'gradient_accumulation_steps') ?? 1;
    if (total === undefined || micro < 1 || accumulation < 1 || total % (micro * accumulation) === 0) return;
    const message = `train_batch_size is ${total}: expected a multiple of ${micro * accumulation}, the micro batch times the accumulation`;
    document.error('deepspeed-batch', message, 'train_batch_size');
  },
};

function numberAt(document: CheckedDocument, key: string): number | undefined {
  const value = document.sound(key);
  return typeof value === 'number' ? value : undefined;
}
