import { css } from '../../parts/color';
import type { Palette } from '../../parts/theme';
import type { RegionMap } from '../figure';
import { drawMap, fillOf, mostNamed } from './mapCanvas';

const [head, line] = [44, 22];

/** A map with its title and the names of its classes, on a sheet of its own: a PNG data URI. */
export function mapSheet(title: string, map: RegionMap, palette: Palette, width: number): string {
  const element = document.createElement('div');
  drawMap(element, map, palette, width);
  const drawn = element.querySelector('canvas');
  const sheet = document.createElement('canvas');
  const context = sheet.getContext('2d');
  if (!drawn || !context) return '';
  const density = window.devicePixelRatio || 1;
  const named = map.classes.slice(0, mostNamed);
  const rows = Math.ceil(named.length / 4);
  sheet.width = width * density;
  sheet.height = drawn.height + (head + rows * line + 12) * density;
  context.fillStyle = palette.background;
  context.fillRect(0, 0, sheet.width, sheet.height);
  context.drawImage(drawn, 0, head * density);
  context.scale(density, density);
  context.textBaseline = 'middle';
  context.fillStyle = palette.foreground;
  context.font = `600 16px ${palette.font}`;
  context.fillText(title, 16, head / 2, width - 32);
  context.font = `${palette.fontSize}px ${palette.font}`;
  const top = head + drawn.height / density;
  for (const [i, { name }] of named.entries()) {
    const [x, y] = [56 + (i % 4) * (width / 4 - 16), top + Math.floor(i / 4) * line + line / 2];
    context.fillStyle = css(fillOf(i, palette));
    context.fillRect(x, y - 6, 12, 12);
    context.fillStyle = palette.foreground;
    context.fillText(name, x + 18, y, width / 4 - 40);
  }
  return sheet.toDataURL('image/png');
}
