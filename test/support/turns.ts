/** How many turns the thread that asks has for others while something is worked on: a few where it does the work itself. */
export async function turnsDuring(work: () => Promise<unknown>): Promise<number> {
  let turns = 0;
  let turn = setImmediate(function next() {
    turns++;
    turn = setImmediate(next);
  });
  await work();
  clearImmediate(turn);
  return turns;
}
