import type { Network } from '../../network/network';
import { elementCount } from '../../network/shapes';
import { bytesOfWeights, HEAVY } from '../../network/weights';
import { imagesOf, mapped, parts, rows, type Session } from './session';

/** Bytes of weights that the replicas of a session may hold together. */
const MOST_WEIGHTS = 2 ** 28;

/** Sessions that are to share the images of a batch: one a thread, fewer where the weights are too heavy for so many copies. */
export function replicaCount(network: Network, threads: number): number {
  const bytes = bytesOfWeights(network);
  return bytes < HEAVY ? Math.min(threads, Math.floor(MOST_WEIGHTS / bytes)) : 1;
}

/** What a replicated session is made of. */
export interface Replication {
  /** Two at least. */
  readonly count: number;
  /** ms of work of the first session for which the others are worth making. */
  readonly worthwhile: number;
  /** Makes them. */
  readonly open: () => readonly Promise<Session>[];
}

/**
 * A session and replicas of it, a thread each, that share the images of a batch: onnxruntime runs many of a gradient's operators
 * on one thread, whatever it has. They are made beside the first one's work, which goes on with batches too small to share.
 */
export function replicated(first: Session, { count, worthwhile, open }: Replication): Session {
  let replicas: readonly Session[] = [];
  let opening: Promise<void> | undefined;
  let work = 0;

  async function openAll(): Promise<void> {
    const opened = await Promise.allSettled(open());
    const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (sessions.length === count) replicas = sessions;
    else await Promise.all(sessions.map((session) => session.release()));
  }

  return {
    run: async (feeds, shapes) => {
      const images = imagesOf(feeds);
      // A few images leave most replicas idle, and one session's threads not.
      const isShared = images > 1 && 2 * images >= count;
      if (isShared && replicas.length > 0) return shared(replicas.slice(0, images), feeds, shapes);
      const start = performance.now();
      const outputs = await first.run(feeds, shapes);
      if (isShared) work += performance.now() - start;
      // Where memory does not suffice for them, the first one does the work.
      if (work > worthwhile) opening ??= openAll().catch(() => undefined);
      return outputs;
    },
    release: async () => {
      await Promise.all([first.release(), opening]);
      await Promise.all(replicas.map((replica) => replica.release()));
    },
  };
}

type Run = Session['run'];

/** A run of which each session does a part. */
async function shared(
  sessions: readonly Session[],
  feeds: Parameters<Run>[0],
  shapes: Parameters<Run>[1],
): ReturnType<Run> {
  const images = imagesOf(feeds);
  const outputs = mapped(shapes, (shape) => ({ data: new Float32Array(elementCount(shape)), shape }));
  await Promise.all(
    parts(images, sessions.length).map(async ([from, to], i) => {
      const places = mapped(outputs, (output) => rows(output, from, to));
      const answer = await sessions[i].run(
        mapped(feeds, (feed) => rows(feed, from, to)),
        mapped(places, ({ shape }) => shape),
      );
      for (const [name, { data }] of Object.entries(places)) data.set(answer[name]);
    }),
  );
  return mapped(outputs, ({ data }) => data);
}
