import { AmlDeitError } from '../../errors/index.ts';
import { opcodes, refusedOpcodes } from './pickle-opcodes.ts';

/** A tuple; lists are arrays, dicts are maps. */
export class PickleTuple {
  readonly items: readonly unknown[];

  constructor(items: readonly unknown[]) {
    this.items = items;
  }
}

/** What the pickle's own types do not cover; each may throw to refuse. Nothing of it comes from the file. */
export interface PickleWorld {
  /** The object that stands for a Python global. */
  global(module: string, name: string): unknown;
  /** The result of a call. */
  call(callee: unknown, args: readonly unknown[]): unknown;
  /** The object that a persistent id stands for. */
  persistent(id: unknown): unknown;
  /** Sets an object's state. */
  build(target: unknown, state: unknown): void;
}

export interface Unpickled {
  readonly value: unknown;
  /** The index after the pickle's last byte. */
  readonly end: number;
}

/** No state dict is near this; it bounds what a hostile pickle can make us hold. */
const maxObjects = 2_000_000;

/** @throws TORCH_FILE_INVALID */
export function torchInvalid(file: string, problem: string): AmlDeitError {
  return new AmlDeitError('TORCH_FILE_INVALID', `${file}: ${problem}`, { details: { file } });
}

/** @throws PICKLE_REFUSED */
export function pickleRefused(file: string, problem: string, hint?: string): AmlDeitError {
  return new AmlDeitError('PICKLE_REFUSED', `${file}: ${problem}`, {
    hint:
      hint ??
      'where you trust the file, load it in PyTorch and save its tensors alone: torch.save(model.state_dict(), ...)',
    details: { file },
  });
}

/**
 * Reads one pickle. It is a machine of few instructions that builds numbers, texts, tuples, lists and dicts; what is
 * imported or called is decided by `world`, from a closed list. Memory and time are bounded by the pickle's length:
 * objects are shared, never copied, and nothing is walked here.
 *
 * @throws PICKLE_REFUSED for an instruction that no state dict needs; TORCH_FILE_INVALID for what is no pickle.
 */
export function readPickle(bytes: Uint8Array, begin: number, world: PickleWorld, file: string): Unpickled {
  return new Unpickler(bytes, begin, world, file).run();
}

class Unpickler {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  readonly #world: PickleWorld;
  readonly #file: string;
  readonly #stack: unknown[] = [];
  /** Heights of the stack at which marks were set. */
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, unknown>();
  #position: number;
  #objects = 0;

  constructor(bytes: Uint8Array, begin: number, world: PickleWorld, file: string) {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    this.#world = world;
    this.#file = file;
    this.#position = begin;
  }

  run(): Unpickled {
    for (;;) {
      const opcode = this.#uint8();
      if (opcode === opcodes.STOP) {
        const value = this.#pop();
        if (this.#stack.length > 0) throw this.#invalid('the pickle ends with more than one object');
        return { value, end: this.#position };
      }
      this.#step(opcode);
      this.#objects += 1;
      if (this.#objects > maxObjects)
        throw this.#invalid(`the pickle has more than ${maxObjects} instructions`);
    }
  }

  #step(opcode: number): void {
    switch (opcode) {
      case opcodes.PROTO: {
        const version = this.#uint8();
        if (version > 5) throw this.#invalid(`the pickle's protocol is ${version}, expected at most 5`);
        return;
      }
      case opcodes.FRAME:
        // Frames say how to read a stream; everything is in memory already.
        this.#take(8);
        return;
      case opcodes.MARK:
        this.#marks.push(this.#stack.length);
        return;
      case opcodes.NONE:
        return this.#push(null);
      case opcodes.NEWTRUE:
        return this.#push(true);
      case opcodes.NEWFALSE:
        return this.#push(false);
      case opcodes.BININT:
        return this.#push(this.#view.getInt32(this.#advance(4), true));
      case opcodes.BININT1:
        return this.#push(this.#uint8());
      case opcodes.BININT2:
        return this.#push(this.#view.getUint16(this.#advance(2), true));
      case opcodes.LONG1:
        return this.#push(this.#long(this.#uint8()));
      case opcodes.BINFLOAT:
        return this.#push(this.#view.getFloat64(this.#advance(8), false));
      case opcodes.BINUNICODE:
        return this.#push(this.#text(this.#uint32()));
      case opcodes.SHORT_BINUNICODE:
      // What Python 2 wrote; names of tensors are plain ASCII there.
      // falls through
      case opcodes.SHORT_BINSTRING:
        return this.#push(this.#text(this.#uint8()));
      case opcodes.BINSTRING:
        return this.#push(this.#text(this.#uint32()));
      case opcodes.EMPTY_TUPLE:
        return this.#push(new PickleTuple([]));
      case opcodes.TUPLE1:
        return this.#push(new PickleTuple(this.#popMany(1)));
      case opcodes.TUPLE2:
        return this.#push(new PickleTuple(this.#popMany(2)));
      case opcodes.TUPLE3:
        return this.#push(new PickleTuple(this.#popMany(3)));
      case opcodes.TUPLE:
        return this.#push(new PickleTuple(this.#popToMark()));
      case opcodes.EMPTY_LIST:
        return this.#push([]);
      case opcodes.EMPTY_DICT:
        return this.#push(new Map());
      case opcodes.APPEND:
        return this.#append(this.#popMany(1));
      case opcodes.APPENDS:
        return this.#append(this.#popToMark());
      case opcodes.SETITEM:
        return this.#setItems(this.#popMany(2));
      case opcodes.SETITEMS:
        return this.#setItems(this.#popToMark());
      case opcodes.BINPUT:
        return this.#remember(this.#uint8());
      case opcodes.LONG_BINPUT:
        return this.#remember(this.#uint32());
      case opcodes.MEMOIZE:
        return this.#remember(this.#memo.size);
      case opcodes.BINGET:
        return this.#recall(this.#uint8());
      case opcodes.LONG_BINGET:
        return this.#recall(this.#uint32());
      case opcodes.GLOBAL:
        return this.#push(this.#world.global(this.#line(), this.#line()));
      case opcodes.STACK_GLOBAL: {
        const [module, name] = this.#popMany(2);
        if (typeof module !== 'string' || typeof name !== 'string') {
          throw this.#invalid('the pickle imports something whose name is no text');
        }
        return this.#push(this.#world.global(module, name));
      }
      case opcodes.REDUCE: {
        const [callee, args] = this.#popMany(2);
        if (!(args instanceof PickleTuple)) throw this.#invalid("a call's arguments are no tuple");
        return this.#push(this.#world.call(callee, args.items));
      }
      case opcodes.BUILD: {
        const state = this.#pop();
        return this.#world.build(this.#top(), state);
      }
      case opcodes.BINPERSID:
        return this.#push(this.#world.persistent(this.#pop()));
      default:
        throw this.#unknown(opcode);
    }
  }

  #unknown(opcode: number): AmlDeitError {
    const name = refusedOpcodes.get(opcode);
    const at = `at byte ${this.#position - 1}`;
    if (name !== undefined) {
      return pickleRefused(this.#file, `the pickle has ${name} ${at}, which no state dict needs`);
    }
    return this.#invalid(`0x${opcode.toString(16).padStart(2, '0')} ${at} is no pickle instruction`);
  }

  #append(items: readonly unknown[]): void {
    const list = this.#top();
    if (!Array.isArray(list)) throw this.#invalid('the pickle appends to what is no list');
    for (const item of items) list.push(item);
  }

  #setItems(items: readonly unknown[]): void {
    const dict = this.#top();
    if (!(dict instanceof Map)) throw this.#invalid('the pickle sets a key of what is no dict');
    if (items.length % 2 !== 0) throw this.#invalid('the pickle sets a key without a value');
    for (let index = 0; index < items.length; index += 2) {
      const key = items[index];
      if (typeof key !== 'string' && typeof key !== 'number') {
        throw pickleRefused(this.#file, 'a dict has a key that is neither text nor number');
      }
      if (dict.has(key)) throw this.#invalid(`a dict has the key ${JSON.stringify(key)} twice`);
      dict.set(key, items[index + 1]);
    }
  }

  #remember(index: number): void {
    this.#memo.set(index, this.#top());
  }

  #recall(index: number): void {
    if (!this.#memo.has(index)) throw this.#invalid(`the pickle recalls memo ${index}, which was never set`);
    this.#push(this.#memo.get(index));
  }

  /** A number where that is exact, else a bigint, which no size or index accepts. */
  #long(length: number): number | bigint {
    const at = this.#advance(length);
    let value = 0n;
    for (let index = length - 1; index >= 0; index -= 1)
      value = (value << 8n) | BigInt(this.#bytes[at + index] ?? 0);
    const signed = length === 0 ? 0n : BigInt.asIntN(length * 8, value);
    const number = Number(signed);
    return Number.isSafeInteger(number) ? number : signed;
  }

  #text(length: number): string {
    const bytes = this.#take(length);
    try {
      return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.#invalid('the pickle has a text that is not UTF-8');
    }
  }

  #line(): string {
    const end = this.#bytes.indexOf(0x0a, this.#position);
    if (end === -1 || end - this.#position > 1000) throw this.#invalid('the pickle has a name without end');
    const line = this.#text(end - this.#position);
    this.#position = end + 1;
    return line;
  }

  #take(length: number): Uint8Array {
    const at = this.#advance(length);
    return this.#bytes.subarray(at, at + length);
  }

  /** The index before the move. */
  #advance(length: number): number {
    const at = this.#position;
    if (at + length > this.#bytes.length) throw this.#invalid('the pickle is truncated');
    this.#position = at + length;
    return at;
  }

  #uint8(): number {
    return this.#view.getUint8(this.#advance(1));
  }

  #uint32(): number {
    return this.#view.getUint32(this.#advance(4), true);
  }

  #push(value: unknown): void {
    this.#stack.push(value);
  }

  /** How far down the stack one may reach: to the last mark. */
  #floor(): number {
    return this.#marks.at(-1) ?? 0;
  }

  #top(): unknown {
    if (this.#stack.length <= this.#floor()) throw this.#invalid('the pickle takes from an empty stack');
    return this.#stack.at(-1);
  }

  #pop(): unknown {
    const value = this.#top();
    this.#stack.pop();
    return value;
  }

  #popMany(count: number): unknown[] {
    if (this.#stack.length - count < this.#floor())
      throw this.#invalid('the pickle takes from an empty stack');
    return this.#stack.splice(this.#stack.length - count);
  }

  #popToMark(): unknown[] {
    const mark = this.#marks.pop();
    if (mark === undefined) throw this.#invalid('the pickle takes to a mark that was never set');
    return this.#stack.splice(mark);
  }

  #invalid(problem: string): AmlDeitError {
    return torchInvalid(this.#file, problem);
  }
}
