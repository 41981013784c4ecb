import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether a process of this id is there. */
export function isAlive(pid: number | undefined): boolean {
  assert.ok(pid !== undefined, 'there must be a process');
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Waits until `holds`, with an upper bound that only something broken reaches. */
export async function within(what: string, holds: () => boolean | Promise<boolean>, limitMs = 30_000): Promise<void> {
  const end = Date.now() + limitMs;
  while (!(await holds())) {
    if (Date.now() > end) assert.fail(`waited ${limitMs} ms for ${what}`);
    await sleep(20);
  }
}
