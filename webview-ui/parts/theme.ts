import { css, mixed, over, readable, type Rgb } from './color';

/** Colours and type of the theme that a figure is drawn in. */
export interface Palette {
  readonly foreground: string;
  readonly muted: string;
  readonly background: string;
  readonly grid: string;
  /** Colours that stand out from the background by 3 : 1 at least. */
  readonly series: readonly string[];
  readonly font: string;
  readonly fontSize: number;
}

const seriesNames = ['blue', 'orange', 'green', 'purple', 'red', 'yellow'];

/** The page's colours now; Plotly and canvases cannot read CSS variables. */
export function palette(): Palette {
  const style = getComputedStyle(document.body);
  const white: Rgb = [255, 255, 255];
  const background = over(resolved('--background', style), white);
  const foreground = readable(over(resolved('--foreground', style), background), background, 4.5);
  const contrasting = document.body.className.includes('high-contrast');
  return {
    foreground: css(foreground),
    muted: css(readable(over(resolved('--muted', style), background), background, 4.5)),
    background: css(background),
    grid: css(mixed(foreground, background, contrasting ? 0.3 : 0.12)),
    series: seriesNames.map((name) => css(readable(over(resolved(`--${name}`, style), background), background, 3.2))),
    font: style.fontFamily,
    fontSize: Math.max(11, Math.round(parseFloat(style.fontSize) * 0.92)),
  };
}

/** The same type on white paper: what is saved is read elsewhere. */
export function paper({ font, fontSize }: Palette): Palette {
  return {
    foreground: 'rgb(36, 41, 47)',
    muted: 'rgb(87, 96, 106)',
    background: 'rgb(255, 255, 255)',
    grid: 'rgb(225, 228, 232)',
    series: [
      'rgb(9, 105, 218)',
      'rgb(188, 76, 0)',
      'rgb(26, 127, 55)',
      'rgb(130, 80, 223)',
      'rgb(207, 34, 46)',
      'rgb(154, 103, 0)',
    ],
    font,
    fontSize,
  };
}

/** A custom property as rgb(), whatever notation it was given in. */
function resolved(name: string, style: CSSStyleDeclaration): string {
  const probe = document.createElement('span');
  probe.style.color = style.getPropertyValue(name).trim();
  document.body.append(probe);
  const color = getComputedStyle(probe).color;
  probe.remove();
  return color;
}

/** Calls back after every change of theme: VS Code changes the body's class, browsers a media query. */
export function onThemeChange(changed: () => void): void {
  new MutationObserver(changed).observe(document.body, {
    attributes: true,
    attributeFilter: ['class', 'data-vscode-theme-id'],
  });
  window.matchMedia('(prefers-color-scheme: dark)').addEventListener('change', changed);
}
