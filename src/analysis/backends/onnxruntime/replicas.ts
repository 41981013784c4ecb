import { imagesOf, mapped, parts, rows, type Session, type Tensors } from '../session';

/** Memory that the replicas of all sessions of a backend may hold together. */
export class Room {
  /** @param bytes that are left */
  constructor(private bytes: number) {}

  /** How many of so many have room that hold so many bytes each; they have it from now on. */
  take(wanted: number, bytes: number): number {
    const count = Math.max(0, Math.min(wanted, Math.floor(this.bytes / bytes)));
    // One would do no more than the session that there is.
    if (count < 2) return 0;
    this.bytes -= count * bytes;
    return count;
  }

  giveBack(count: number, bytes: number): void {
    if (count > 0) this.bytes += count * bytes;
  }
}

/** What a replicated session is made of. */
export interface Replication {
  /** Replicas that are wanted. */
  readonly wanted: number;
  /** Bytes that each of them holds. */
  readonly bytes: number;
  readonly room: Room;
  /** ms of work of the first session for which they are worth making. */
  readonly worthwhile: number;
  /** Makes so many. */
  readonly open: (count: number) => readonly Promise<Session>[];
}

/**
 * A session and replicas of it, a thread each, that share the images of a batch: onnxruntime runs many of a gradient's operators
 * on one thread, whatever it has. They are made beside the first one's work, which goes on with batches too small to share.
 */
export function replicated(first: Session, { wanted, bytes, room, worthwhile, open }: Replication): Session {
  let replicas: readonly Session[] = [];
  let opening: Promise<void> | undefined;
  let work = 0;
  let taken = 0;
  let isReleased = false;

  async function openAll(count: number): Promise<void> {
    const opened = await Promise.allSettled(open(count));
    const sessions = opened.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (sessions.length === count) replicas = sessions;
    else await Promise.all(sessions.map((session) => session.release()));
  }

  return {
    run: async (feeds, results) => {
      const images = imagesOf(feeds);
      // A few images leave most replicas idle, and one session's threads not.
      const isShared = images > 1 && 2 * images >= (replicas.length || wanted);
      if (isShared && replicas.length > 0) return shared(replicas.slice(0, images), feeds, results);
      const start = performance.now();
      await first.run(feeds, results);
      if (isShared) work += performance.now() - start;
      // A batch that a cancel leaves to itself may end after the release.
      if (work > worthwhile && opening === undefined && !isReleased) {
        taken = room.take(wanted, bytes);
        // Where memory does not suffice for them after all, the first one does the work.
        if (taken > 0) opening = openAll(taken).catch(() => undefined);
      }
    },
    release: async () => {
      isReleased = true;
      await Promise.all([first.release(), opening]);
      await Promise.all(replicas.map((replica) => replica.release()));
      room.giveBack(taken, bytes);
      taken = 0;
    },
  };
}

/** A run of which each session does a part. */
async function shared(sessions: readonly Session[], feeds: Tensors, results: Tensors): Promise<void> {
  await Promise.all(
    parts(imagesOf(feeds), sessions.length).map(([from, to], i) => {
      const part = (tensors: Tensors) => mapped(tensors, (whole) => rows(whole, from, to));
      return sessions[i].run(part(feeds), part(results));
    }),
  );
}
