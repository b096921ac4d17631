import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readTorchFile } from '../../../src/model/checkpoint/read-torch.ts';
import { readWeights } from '../../../src/model/checkpoint/read-weights.ts';
import { failureOf } from '../../helpers/failure-of.ts';
import { pickled, torchFile, zipOf } from '../../helpers/torch-file.ts';
import type { ZipPart } from '../../helpers/torch-file.ts';

const { call, dict, document, global, int, storage, tensor, text, tuple } = pickled;

let root: string;
let file: string;
beforeAll(async () => {
  root = await mkdtemp(join(tmpdir(), 'hostile-'));
  file = join(root, 'pytorch_model.bin');
});
afterAll(() => rm(root, { recursive: true, force: true }));

const floats = (count: number): Uint8Array => new Uint8Array(count * 4);
const vector = (key: string, count: number): Buffer => tensor(storage(key, count), 0, [count], [1]);

async function refusal(bytes: Uint8Array) {
  await writeFile(file, bytes);
  const error = await failureOf(readTorchFile(file));
  expect(error.exitCode).toBe(3);
  return error;
}

describe('readTorchFile', () => {
  it('reads the hand-made file that the others are changed from', async () => {
    await writeFile(file, torchFile(document(dict({ a: vector('0', 3) })), { 0: floats(3) }));
    expect(await readTorchFile(file)).toMatchObject([{ name: 'a', dtype: 'F32', shape: [3], bytes: 12 }]);
  });
});

describe('readTorchFile refuses a pickle', () => {
  it.each([
    ['that runs a command', call(global('os', 'system'), text('touch /tmp/owned')), 'imports "os.system"'],
    ['that evaluates', call(global('builtins', 'eval'), text('1')), 'imports "builtins.eval"'],
    [
      'whose import is made of texts',
      Buffer.concat([text('os'), text('system'), Buffer.of(0x93)]),
      'imports "os.system"',
    ],
    [
      'that reaches into a module',
      global('torch.serialization', 'os.system'),
      'imports "torch.serialization.os.system"',
    ],
    ['that imports a prototype', global('constructor', 'constructor'), 'imports "constructor.constructor"'],
    ['that calls a storage class', call(global('torch', 'FloatStorage'), int(9)), 'calls torch.FloatStorage'],
    ['that calls a text', call(text('eval'), int(1)), 'calls what is no function'],
    [
      'that makes a dict of a call',
      call(global('collections', 'OrderedDict'), text('x')),
      'OrderedDict of something',
    ],
    [
      'that instantiates',
      Buffer.concat([global('collections', 'OrderedDict'), tuple(), Buffer.of(0x81)]),
      'has NEWOBJ',
    ],
    ['with an old instance', Buffer.from('(ios\nsystem\n'), 'has INST'],
    ['with an extension', Buffer.of(0x82, 1), 'has EXT1'],
    ['with bytes', Buffer.of(0x43, 1, 0), 'has SHORT_BINBYTES'],
    ['with a number of megabytes', Buffer.of(0x8b, 0, 0, 0x10, 0), 'has LONG4'],
    [
      'that sets a state',
      Buffer.concat([dict({}), dict({ evil: int(1) }), Buffer.from('b')]),
      'sets the state',
    ],
    [
      'with a strange persistent id',
      Buffer.concat([text('file:///etc/passwd'), Buffer.from('Q')]),
      'no storage',
    ],
    [
      'with an expanded tensor',
      dict({ a: tensor(storage('0', 1), 0, [1000, 1000], [0, 0]) }),
      'one value in many places',
    ],
    [
      'with a tensor whose rows lie over each other',
      dict({ a: tensor(storage('0', 6), 0, [3, 4], [1, 1]) }),
      'one value in many places',
    ],
    [
      'with a key that is a tuple',
      Buffer.concat([Buffer.from('}'), tuple(), int(1), Buffer.from('s')]),
      'a key',
    ],
    ['with other things between tensors', dict({ a: vector('0', 3), b: int(1) }), '"b" is no tensor'],
  ])('%s', async (_, pickle, message) => {
    const error = await refusal(torchFile(document(pickle), { 0: floats(6) }));
    expect(error.code).toBe('PICKLE_REFUSED');
    expect(error.message).toContain(message);
  });

  it.each([
    ['of a later protocol', Buffer.of(0x80, 9, 0x2e), 'protocol is 9'],
    ['that is cut off', document(dict({ a: vector('0', 3) })).subarray(0, -3), 'truncated'],
    [
      'with an instruction that is none',
      document(Buffer.of(0xfe)),
      '0xfe at byte 2 is no pickle instruction',
    ],
    ['that takes from nothing', document(Buffer.from('s')), 'empty stack'],
    [
      'that takes over a mark',
      document(Buffer.concat([text('a'), Buffer.from('('), int(1), Buffer.from('s')])),
      'empty stack',
    ],
    ['that takes to no mark', document(Buffer.from('t')), 'never set'],
    ['that recalls what it never put', document(Buffer.of(0x68, 7)), 'recalls memo 7'],
    ['that appends to a dict', document(Buffer.concat([dict({}), int(1), Buffer.from('a')])), 'no list'],
    ['that leaves things behind', document(int(1), int(2)), 'more than one object'],
    ['with a text that is not UTF-8', document(Buffer.of(0x8c, 1, 0xff)), 'not UTF-8'],
    ['that claims a text of gigabytes', document(Buffer.of(0x58, 0xff, 0xff, 0xff, 0xff)), 'truncated'],
    ['with a name without end', document(Buffer.from(`c${'a'.repeat(2000)}`)), 'without end'],
    ['that is no dict', document(int(1)), 'no dict of tensors'],
    ['without tensors', document(dict({ epoch: int(1) })), 'it has epoch'],
    [
      'with two state dicts',
      document(dict({ model: dict({ a: vector('0', 3) }), module: dict({ a: vector('0', 3) }) })),
      'model and module',
    ],
    [
      'with a name twice',
      document(Buffer.concat([dict({ a: vector('0', 3) }), text('a'), int(1), Buffer.from('s')])),
      '"a" twice',
    ],
    [
      'with a tensor out of its storage',
      document(dict({ a: tensor(storage('0', 6), 4, [3], [1]) })),
      'reaches out',
    ],
    [
      'with a strided tensor out of its storage',
      document(dict({ a: tensor(storage('0', 6), 1, [3, 2], [1, 3]) })),
      'reaches out',
    ],
    [
      'with a stride beyond all numbers',
      document(dict({ a: tensor(storage('0', 6), 0, [2, 2, 2], [2 ** 30, 2 ** 30 + 2 ** 29, 1]) })),
      'reaches out',
    ],
    [
      'with a tensor of astronomic size',
      document(dict({ a: tensor(storage('0', 6), 0, [2 ** 30, 2 ** 30], [2 ** 30, 1]) })),
      'reaches out',
    ],
    [
      'with a negative size',
      document(dict({ a: tensor(storage('0', 6), 0, [-1], [1]) })),
      'no storage, offset, size',
    ],
    ['whose storage has another size', document(dict({ a: vector('0', 5) })), 'has 24 bytes, expected 20'],
    ['whose storage is not there', document(dict({ a: vector('../data.pkl', 6) })), 'has no data for "a"'],
    [
      'that says two things of a storage',
      document(dict({ a: vector('0', 6), b: vector('0', 7) })),
      'two things',
    ],
  ])('%s', async (_, pickle, message) => {
    const error = await refusal(torchFile(pickle, { 0: floats(6) }));
    expect(error.code).toBe('TORCH_FILE_INVALID');
    expect(error.message).toContain(message);
  });

  it('whose memo would unfold to billions, without unfolding it', async () => {
    // Each list holds the one before ten times: 10^40 leaves in 900 bytes.
    let nested: Buffer = Buffer.concat([text('lol'), Buffer.of(0x71, 0)]);
    for (let level = 1; level <= 40; level += 1) {
      const tens = Buffer.concat(Array.from({ length: 10 }, () => Buffer.of(0x68, level - 1)));
      nested = Buffer.concat([nested, Buffer.from(']('), tens, Buffer.from('e'), Buffer.of(0x71, level)]);
    }
    const pairs = Buffer.concat([
      Buffer.from('}('),
      text('bomb'),
      Buffer.from('('),
      nested,
      Buffer.from('tu'),
    ]);
    const error = await refusal(torchFile(document(pairs)));
    expect(error.message).toContain('it has bomb');
  });

  it('with more instructions than any model needs', async () => {
    const error = await refusal(torchFile(document(Buffer.from('(N'.padEnd(2_100_000, 'N')))));
    expect(error.message).toContain('more than 2000000 instructions');
  });
});

describe('readTorchFile refuses an archive', () => {
  const pickle = document(dict({ a: vector('0', 3) }));
  const parts: ZipPart[] = [
    { name: 'archive/data.pkl', bytes: pickle },
    { name: 'archive/data/0', bytes: floats(3) },
  ];
  const [first, second] = parts as [ZipPart, ZipPart];

  it.each<[string, Uint8Array, string]>([
    ['with compressed entries', zipOf([first, { ...second, method: 8 }]), 'is compressed'],
    ['with encrypted entries', zipOf([first, { ...second, flags: 1 }]), 'is encrypted'],
    [
      'that leaves its folder',
      zipOf([...parts, { name: 'archive/../../etc/cron.d/x', bytes: floats(1) }]),
      'leave its folder',
    ],
    [
      'with an absolute name',
      zipOf([...parts, { name: '/etc/passwd', bytes: floats(1) }]),
      'leave its folder',
    ],
    ['with a drive', zipOf([...parts, { name: 'C:\\windows', bytes: floats(1) }]), 'leave its folder'],
    ['with a name twice', zipOf([...parts, second]), '"archive/data/0" twice'],
    ['with two folders', zipOf([...parts, { name: 'other/x', bytes: floats(1) }]), '2 folders'],
    [
      'whose entries lie over each other',
      zipOf([first, { ...second, claimedOffset: 0 }]),
      'lie over each other',
    ],
    [
      'with an entry beyond the end',
      zipOf([first, { ...second, claimedBytes: 5000 }]),
      'outside of the archive',
    ],
    [
      'with an entry where none is',
      zipOf([first, { ...second, claimedOffset: 3 }]),
      'not where the directory says',
    ],
    [
      'that is big-endian',
      zipOf([...parts, { name: 'archive/byteorder', bytes: Buffer.from('big') }]),
      'byte order is "big"',
    ],
    ['that is a program', zipOf([...parts, { name: 'archive/constants.pkl', bytes: pickle }]), 'TorchScript'],
    ['without a pickle', zipOf([second]), 'no data.pkl'],
    ['that is cut off', zipOf(parts).subarray(0, -30), 'no directory'],
    ['that is empty', new Uint8Array(), 'it is empty'],
    [
      'that is a pointer of Git LFS',
      Buffer.from('version https://git-lfs.github.com/spec/v1\n'),
      'pointer of Git LFS',
    ],
    ['that is a bare pickle', pickle, 'it is a bare pickle'],
    ['that is something else', Buffer.from('GIF89a..'), 'it begins with 474946383961'],
  ])('%s', async (_, bytes, message) => {
    const error = await refusal(bytes);
    expect(error.code).toBe('TORCH_FILE_INVALID');
    expect(error.message).toContain(message);
  });

  it('whose pickle is damaged', async () => {
    const bytes = zipOf(parts);
    bytes[bytes.indexOf('cpu')] = 0x43;
    expect((await refusal(bytes)).message).toContain('its checksum does not match');
  });

  it('whose tensors lie over the same bytes', async () => {
    const views = { a: tensor(storage('0', 6), 0, [4], [1]), b: tensor(storage('0', 6), 2, [4], [1]) };
    await writeFile(file, torchFile(document(dict(views)), { 0: floats(6) }));
    const error = await failureOf(readWeights({ file, sharded: false }));
    expect(error).toMatchObject({ code: 'CHECKPOINT_INVALID', exitCode: 3 });
    expect(error.message).toContain('"a" and "b" lie over the same bytes');
  });

  it('with a matrix and its transpose in one place', async () => {
    const views = {
      a: tensor(storage('0', 6), 0, [2, 3], [3, 1]),
      b: tensor(storage('0', 6), 0, [3, 2], [1, 3]),
    };
    await writeFile(file, torchFile(document(dict(views)), { 0: floats(6) }));
    const error = await failureOf(readWeights({ file, sharded: false }));
    expect(error.message).toContain('"a" and "b" lie over the same bytes');
  });
});

describe('readTorchFile refuses the old format', () => {
  it.each<[string, (bytes: Buffer) => Buffer, string]>([
    ['cut off in its data', (bytes) => bytes.subarray(0, -5), 'truncated: its data ends'],
    ['cut off in its pickles', (bytes) => bytes.subarray(0, 300), 'truncated'],
    ['with a tail', (bytes) => Buffer.concat([bytes, Buffer.from('tail')]), '4 bytes after'],
    [
      'of a big-endian machine',
      (bytes) => replaced(bytes, 'little_endian', 'zittle_endian'),
      'not little-endian',
    ],
    [
      'that imports',
      (bytes) => replaced(bytes, 'collections\nOrderedDict', 'subprocess.\ncheck_callX'),
      'imports "subprocess',
    ],
  ])('%s', async (_, change, message) => {
    const bytes = await readFile('test/golden/checkpoints/formats/legacy.bin');
    expect((await refusal(change(bytes))).message).toContain(message);
  });

  function replaced(bytes: Buffer, from: string, to: string): Buffer {
    const at = bytes.indexOf(from);
    expect([at > 0, to.length]).toEqual([true, from.length]);
    const changed = Buffer.from(bytes);
    changed.write(to, at);
    return changed;
  }
});
