import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { ContainerUser } from './runtime-config.ts';

/** A column of a line of `passwd` or `group` below a root that nobody has a hand in but the image. */
function lookUp(rootfs: string, file: 'passwd' | 'group', name: string, column: number): number | undefined {
  let text: string;
  try {
    text = readFileSync(join(rootfs, 'etc', file), 'utf8');
  } catch {
    return undefined;
  }
  const line = text.split('\n').find((entry) => entry.startsWith(`${name}:`));
  const value = Number(line?.split(':')[column] ?? Number.NaN);
  return Number.isInteger(value) ? value : undefined;
}

/** `10001:10001`, `node`, `node:users` or nothing, as an image says who runs it; undefined for a name it does not know. */
export function containerUser(text: string | undefined, rootfs: string): ContainerUser | undefined {
  if (text === undefined || text === '') return { uid: 0, gid: 0 };
  const [user = '', group] = text.split(':');
  const isNumber = (part: string): boolean => /^\d+$/.test(part);
  const uid = isNumber(user) ? Number(user) : lookUp(rootfs, 'passwd', user, 2);
  const primary = isNumber(user) ? 0 : lookUp(rootfs, 'passwd', user, 3);
  const gid =
    group === undefined ? primary : isNumber(group) ? Number(group) : lookUp(rootfs, 'group', group, 2);
  return uid === undefined || gid === undefined ? undefined : { uid, gid };
}
