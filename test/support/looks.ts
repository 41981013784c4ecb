import type { Page } from 'playwright-core';

/** What a person would see as a fault of a page: what is cut, lies over something else, or holds nothing. */
export async function faults(page: Page): Promise<string[]> {
  return page.evaluate(() => {
    const found: string[] = [];
    const shown = (element: Element): boolean =>
      element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
      element.closest('.unseen') === null;
    const words = (element: Element): string => element.textContent.trim().slice(0, 60);
    const scrolls = ({ overflowX }: CSSStyleDeclaration): boolean => overflowX === 'auto' || overflowX === 'scroll';
    if (document.documentElement.scrollWidth > window.innerWidth) found.push('the page is too wide');

    const texts: { readonly element: Element; readonly box: DOMRect }[] = [];
    for (const element of document.querySelectorAll('body *')) {
      if (!shown(element)) continue;
      const style = getComputedStyle(element);
      const isCut = element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 2;
      if (element instanceof HTMLElement && isCut && style.overflowX === 'hidden' && words(element) !== '') {
        found.push(`cut: ${element.className || element.tagName} “${words(element)}”`);
      }
      const { width, height } = element.getBoundingClientRect();
      const isEmpty = words(element) === '' && element.querySelector('img, svg, canvas, input, span, i') === null;
      const isDrawn = style.borderTopWidth !== '0px' && style.borderLeftWidth !== '0px';
      const holdsText = /^(INPUT|SELECT|PROGRESS|METER|IMG|CANVAS|svg|HR)$/.test(element.tagName);
      if (element instanceof HTMLElement && isEmpty && isDrawn && !holdsText && width > 20 && height > 20) {
        found.push(`empty: ${element.className || element.tagName}`);
      }
      for (const node of element.childNodes) {
        if (node.nodeType !== Node.TEXT_NODE || (node.textContent ?? '').trim() === '') continue;
        const range = document.createRange();
        range.selectNodeContents(node);
        for (const box of range.getClientRects()) if (box.width > 1) texts.push({ element, box });
      }
    }
    for (const text of document.querySelectorAll('.plotted text')) {
      const [own, picture] = [text.getBoundingClientRect(), text.closest('.plotted')?.getBoundingClientRect()];
      if (!shown(text) || !picture) continue;
      if (own.left < picture.left - 2 || own.right > picture.right + 2) found.push(`cut in a figure: “${words(text)}”`);
    }
    /** Of a text, what its scrolling ancestors let be seen. */
    const seen = ({ element, box }: (typeof texts)[number]): DOMRect => {
      let { left, right, top, bottom } = box;
      for (let around = element.parentElement; around; around = around.parentElement) {
        const style = getComputedStyle(around);
        if (!scrolls(style) && style.overflowY !== 'auto') continue;
        const outer = around.getBoundingClientRect();
        left = Math.max(left, outer.left);
        right = Math.min(right, outer.right);
        top = Math.max(top, outer.top);
        bottom = Math.min(bottom, outer.bottom);
      }
      return new DOMRect(left, top, right - left, bottom - top);
    };
    // Of slanted text, the box says more than the letters take.
    const isSlanted = (element: Element): boolean =>
      /rotate\(-?(?!0[,)]|90[,)])[\d.]/.test(element.closest('text')?.getAttribute('transform') ?? '');
    const inFlow = texts.filter(
      ({ element }) => element.closest('.top, dialog, .menu') === null && !isSlanted(element),
    );
    const boxes = inFlow
      .map((text) => ({ ...text, box: seen(text) }))
      .filter(({ box }) => box.width > 1 && box.height > 1);
    boxes.sort((a, b) => a.box.top - b.box.top);
    for (const [i, one] of boxes.entries()) {
      for (const other of boxes.slice(i + 1)) {
        if (other.box.top > one.box.bottom) break;
        const across = Math.min(one.box.right, other.box.right) - Math.max(one.box.left, other.box.left);
        const down = Math.min(one.box.bottom, other.box.bottom) - other.box.top;
        if (across > 2 && down > 4 && one.element !== other.element) {
          found.push(`over each other: “${words(one.element)}” and “${words(other.element)}”`);
        }
      }
    }
    return [...new Set(found)];
  });
}
