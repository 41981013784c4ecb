import type { Report } from '../../src/protocol/report';
import { hostileNames } from './hostileNames';
import { sampleReport } from './sampleReport';

/** A report whose images and classes have the hostile names. */
export function hostileReport(): Report {
  const plain = sampleReport({ images: hostileNames.length });
  const renamed = new Map(plain.analyses.evaluate!.images!.map(({ name }, i) => [name, hostileNames[i]]));
  const text = JSON.stringify(
    { ...plain, manifest: { ...plain.manifest, model: { ...plain.manifest.model, classes: [] } } },
    (_key, value: unknown) => (typeof value === 'string' ? (renamed.get(value) ?? value) : value),
  );
  const named = JSON.parse(text) as Report;
  named.manifest.model.classes = hostileNames.slice(0, 10);
  named.thumbnails = Object.fromEntries(hostileNames.map((name) => [name, Object.values(plain.thumbnails!)[0]]));
  return named;
}
