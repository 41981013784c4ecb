/**
 * Makes one tab stop of many elements: the arrow keys, Home and End move among them, Tab leaves them. Those that come later
 * belong to it, too.
 *
 * @param selector - what has the focus, one after another, inside the container.
 * @param moved - called with what the keys have moved to.
 */
export function rove(
  container: HTMLElement,
  selector: string,
  moved: (to: HTMLElement) => void = () => undefined,
): void {
  container.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey) return;
    const all = [...container.querySelectorAll<HTMLElement>(selector)];
    const at = all.findIndex((element) => element === document.activeElement);
    const next = at < 0 ? undefined : all[target(event.key, at, all.length)];
    if (!next) return;
    event.preventDefault();
    stop(container, selector, next);
    next.focus();
    moved(next);
  });
  container.addEventListener('focusin', ({ target: focused }) => {
    if (focused instanceof HTMLElement && focused.matches(selector)) stop(container, selector, focused);
  });
}

/** Of all that a container's keys move among, the one that Tab reaches: the first unless it is said. */
export function stop(container: HTMLElement, selector: string, at?: HTMLElement | null): void {
  const all = container.querySelectorAll<HTMLElement>(selector);
  for (const element of all) element.tabIndex = element === (at ?? all[0]) ? 0 : -1;
}

function target(key: string, at: number, n: number): number {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowDown':
      return Math.min(at + 1, n - 1);
    case 'ArrowLeft':
    case 'ArrowUp':
      return Math.max(at - 1, 0);
    case 'Home':
      return 0;
    case 'End':
      return n - 1;
    default:
      return -1;
  }
}
