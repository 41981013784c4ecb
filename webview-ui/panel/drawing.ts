const waiting: (() => void)[] = [];

/** Draws one figure a turn, so that the page answers in between. */
export function queue(draw: () => void): void {
  waiting.push(draw);
  if (waiting.length === 1) setTimeout(next);
}

function next(): void {
  try {
    waiting[0]?.();
  } finally {
    waiting.shift();
    if (waiting.length > 0) setTimeout(next);
  }
}
