import type { Pixels } from '../images/pixels';
import type { Sampled } from './sample';

interface Size {
  readonly height: number;
  readonly width: number;
  readonly channels: 1 | 3;
}

/** Times that an image is larger than the network's input, on its shorter side, before it can hardly be the model's. */
const muchLarger = 8;
/** The same for colours that a grey network cannot see. */
const largerInColour = 3;
/** Sides up to this are those of digits, icons and thumbnails; a photograph shrunk to them is another kind of image. */
const small = 64;
/** Times that it is smaller: little of what the network looks for is in it. */
const muchSmaller = 6;
/** Grey levels between the channels of a pixel that make it coloured, and the share of such pixels that makes an image so. */
const colourDifference = 24;
const colouredShare = 0.05;

/**
 * Why most of the images can hardly be what the model was trained on, in a sentence about the first of them: their size, their
 * colours, or that there is nothing in them. Null where nothing speaks against them.
 *
 * @param network - what the network sees; null where arrays are taken as they are.
 */
export function misfitOf(sample: readonly Sampled[], network: Size | null): string | null {
  if (network === null) return null;
  const pictures = sample.flatMap(({ image, name }) => ('array' in image ? [] : [{ name, image }]));
  const reasons = pictures.flatMap(({ name, image }) => {
    const reason = reasonOf(image, network);
    return reason === null ? [] : [{ name, reason }];
  });
  if (reasons.length * 2 <= pictures.length) return null;
  const [{ name, reason }] = reasons;
  const others = pictures.length > 1 ? ` (${reasons.length} of ${pictures.length} images are such)` : '';
  return `${name} ${reason}${others}`;
}

function reasonOf(image: Pixels, network: Size): string | null {
  const { height, width } = image;
  if (isBlank(image)) return 'is one colour all over: there is nothing in it to classify';
  const [own, seen] = [Math.min(height, width), Math.min(network.height, network.width)];
  const sizes = `is ${width} × ${height}, and the network sees ${network.width} × ${network.height}`;
  const inColour = network.channels === 1 && isColoured(image);
  if (inColour && own >= largerInColour * seen) {
    return `${sizes} in grey: a colour photograph is hardly what it was trained on`;
  }
  if (seen <= small && own >= muchLarger * seen) {
    return `${sizes}: little of it is left at that size, so it is hardly what the network was trained on`;
  }
  if (own * muchSmaller <= seen) return `${sizes}: enlarged that much it is hardly what the network was trained on`;
  return null;
}

function isBlank({ data, channels }: Pixels): boolean {
  return data.every((value, i) => value === data[i % channels]);
}

function isColoured({ data, channels }: Pixels): boolean {
  if (channels === 1) return false;
  let coloured = 0;
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i], data[i + 1], data[i + 2]];
    if (Math.max(r, g, b) - Math.min(r, g, b) > colourDifference) coloured++;
  }
  return coloured > (colouredShare * data.length) / 3;
}
