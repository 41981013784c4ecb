import axe from 'axe-core';
import type { Page } from 'playwright-core';

/** What axe finds that keeps people from using the page. */
export async function serious(page: Page): Promise<string[]> {
  await page.evaluate(axe.source);
  const violations = await page.evaluate(async () => (await window.axe.run(document)).violations);
  return violations
    .filter(({ impact }) => impact === 'serious' || impact === 'critical')
    .map(
      ({ id, nodes }) =>
        `${id}: ${nodes
          .slice(0, 3)
          .map(({ html }) => html.slice(0, 160))
          .join(' | ')}`,
    );
}
declare global {
  interface Window {
    axe: typeof axe;
  }
}
