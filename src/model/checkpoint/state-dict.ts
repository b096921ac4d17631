import { pickleRefused, torchInvalid } from './pickle.ts';
import { TorchTensor } from './torch-objects.ts';

/** Under which training scripts put the state dict beside other things. */
const wrappers = ['state_dict', 'model', 'model_state_dict', 'module'] as const;

/**
 * The tensors by name: the object itself, or what it has under `model` or `state_dict`.
 * @throws TORCH_FILE_INVALID, PICKLE_REFUSED
 */
export function findStateDict(value: unknown, file: string): ReadonlyMap<string, TorchTensor> {
  if (!(value instanceof Map)) throw torchInvalid(file, 'the pickle is no dict of tensors');
  const dict = value as ReadonlyMap<unknown, unknown>;
  if ([...dict.values()].some((member) => member instanceof TorchTensor)) return tensorsOf(dict, file);
  const wrapped = wrappers.filter((name) => dict.get(name) instanceof Map);
  const [only] = wrapped;
  if (only === undefined) {
    const keys = [...dict.keys()].slice(0, 5).join(', ');
    throw torchInvalid(
      file,
      `the pickle has no tensors, and none under ${wrappers.join(', ')}; it has ${keys || 'nothing'}`,
    );
  }
  if (wrapped.length > 1) {
    throw torchInvalid(file, `the pickle has tensors under ${wrapped.join(' and ')}, expected one of them`);
  }
  return tensorsOf(dict.get(only) as ReadonlyMap<unknown, unknown>, file);
}

function tensorsOf(dict: ReadonlyMap<unknown, unknown>, file: string): ReadonlyMap<string, TorchTensor> {
  const tensors = new Map<string, TorchTensor>();
  for (const [name, tensor] of dict) {
    if (typeof name !== 'string' || !(tensor instanceof TorchTensor)) {
      throw pickleRefused(
        file,
        `${JSON.stringify(name)} is no tensor, expected a state dict's tensors and nothing else`,
      );
    }
    tensors.set(name, tensor);
  }
  if (tensors.size === 0) throw torchInvalid(file, 'the state dict is empty');
  return tensors;
}
