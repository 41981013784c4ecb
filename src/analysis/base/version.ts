import { version } from '../../../package.json';

/** This program's version; part of every report and of every artefact's key. */
export const toolVersion: string = version;

/**
 * Of what the numbers are: raised by every change that makes one come out differently, so that no stored result of an
 * earlier computation is served.
 *
 * 1: random streams derive from an image’s content instead of its place.
 * 2: the standard error of ρ holds float32 rounding; the sweep and label recovery carry their standing; planes are stored once.
 * 3: attention rows without a key are 0; sizes that end in a half are rounded up; networks with gradients that are no
 *    numbers are refused.
 * 4: products with the weights of heavy networks are summed in shorter parts.
 * 5: boundary points are searched towards several classes at once, in L∞ too.
 * 6: convolutions under max-pools are summed in blocks, and pools pass gradients on in other sums.
 * 7: sums over other axes than the innermost are products too, so that no company changes them; more convolutions
 *    are summed in blocks.
 * 8: the interval of adversarial projections has the quantile of all others, 1.95996 for 1.96; where values have bounds,
 *    the polish looks for the nearest point within them.
 * 9: searches in L2 begin again from the points they found, turned away from what led there.
 * 10: searches in L2 that begin again look at gradients around their points.
 */
export const computationRevision = 10;
