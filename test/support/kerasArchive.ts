import { zipSync } from 'fflate';

/** A layer as config.json describes it. */
export interface KerasLayer {
  readonly class_name: string;
  readonly config: Readonly<Record<string, unknown>>;
  readonly [field: string]: unknown;
}

const library = () => import('h5wasm');
let written = 0;

/** An HDF5 file open for writing. */
export type Hdf5Writer = InstanceType<Awaited<ReturnType<typeof library>>['File']>;

/** An HDF5 file, made by what is called on it while it is open. */
export async function hdf5File(make: (file: Hdf5Writer) => void): Promise<Uint8Array> {
  const h5 = await library();
  const { FS } = await h5.ready;
  const name = `written${written++}.h5`;
  const file = new h5.File(name, 'w');
  make(file);
  file.close();
  const bytes = FS.readFile(name, { encoding: 'binary' });
  FS.unlink(name);
  return bytes;
}

/** config.json of a Sequential model on inputs of that shape. */
export function sequential(shape: readonly number[], layers: readonly KerasLayer[], version = '3.15.1'): object {
  const input = { class_name: 'InputLayer', config: { name: 'input', batch_shape: [null, ...shape] } };
  const named = layers.map((layer, i) => ({
    ...layer,
    config: { name: `${layer.class_name.toLowerCase()}_${i}`, ...layer.config },
  }));
  return { class_name: 'Sequential', config: { name: 'model', layers: [input, ...named] }, keras_version: version };
}

/** A .keras archive; Keras packs at level 0. */
export function archive(config: object, weights: Uint8Array, version = '3.15.1', level: 0 | 6 = 6): Uint8Array {
  const text = (value: unknown) => new TextEncoder().encode(JSON.stringify(value));
  const members = {
    'config.json': text(config),
    'metadata.json': text({ keras_version: version }),
    'model.weights.h5': weights,
  };
  return zipSync(members, { level });
}

/** model.weights.h5 with one Dense layer. */
export function denseWeights(kernel: Float32Array, shape: readonly [number, number]): Promise<Uint8Array> {
  return hdf5File((file) => {
    const variables = file.create_group('layers').create_group('dense').create_group('vars');
    variables.create_dataset({ name: '0', data: kernel, shape: [...shape] });
  });
}
