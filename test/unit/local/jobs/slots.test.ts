import { expect, it } from 'vitest';
import { Slots } from '../../../../src/local/jobs/slots.ts';

const never = new AbortController().signal;

it('lets so many in at once, in the order of asking', async () => {
  const slots = new Slots(2);
  const entered: number[] = [];
  const take = async (number: number): Promise<() => void> => {
    const leave = await slots.take(never);
    entered.push(number);
    return leave;
  };
  const [first, , third] = [take(1), take(2), take(3), take(4)];
  const leave = await first;
  await new Promise((resolve) => setImmediate(resolve));
  expect(entered).toEqual([1, 2]);
  leave();
  leave(); // a second time gives nothing back
  await third;
  await new Promise((resolve) => setImmediate(resolve));
  expect(entered).toEqual([1, 2, 3]);
});

it('forgets who stopped waiting', async () => {
  const slots = new Slots(1);
  const leave = await slots.take(never);
  const gone = new AbortController();
  const waiting = slots.take(gone.signal);
  gone.abort(new Error('gone'));
  await expect(waiting).rejects.toThrow('gone');
  leave();
  await slots.take(never);
  await expect(slots.take(AbortSignal.abort(new Error('late')))).rejects.toThrow('late');
});
