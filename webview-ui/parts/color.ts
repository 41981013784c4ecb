/** Red, green and blue, 0 … 255. */
export type Rgb = readonly [number, number, number];

/** A colour as getComputedStyle gives it (rgb or rgba, comma or space), laid over an opaque one. */
export function over(color: string, [r0, g0, b0]: Rgb): Rgb {
  const [r = 0, g = 0, b = 0, a = 1] = (color.match(/[\d.]+/g) ?? []).map(Number);
  const mix = (front: number, back: number) => Math.round(a * front + (1 - a) * back);
  return [mix(r, r0), mix(g, g0), mix(b, b0)];
}

export const css = ([r, g, b]: Rgb): string => `rgb(${r}, ${g}, ${b})`;

/** WCAG 2 relative luminance. */
function luminance(color: Rgb): number {
  const [r, g, b] = color.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** WCAG 2 contrast of two colours, 1 … 21. */
export function contrast(a: Rgb, b: Rgb): number {
  const [low, high] = [luminance(a), luminance(b)].sort((x, y) => x - y) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

/** A share of one colour in another. */
export function mixed(front: Rgb, back: Rgb, share: number): Rgb {
  return front.map((value, i) => Math.round(share * value + (1 - share) * (back[i] ?? 0))) as unknown as Rgb;
}

/** The colour, moved towards black or white until it stands out from the background by the ratio. */
export function readable(color: Rgb, background: Rgb, ratio: number): Rgb {
  const white: Rgb = [255, 255, 255];
  const black: Rgb = [0, 0, 0];
  const goal = contrast(white, background) > contrast(black, background) ? white : black;
  for (let share = 0; share < 1; share += 0.05) {
    const moved = mixed(goal, color, share);
    if (contrast(moved, background) >= ratio) return moved;
  }
  return goal;
}
