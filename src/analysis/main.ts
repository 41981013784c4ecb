import { ArtefactStore } from './artefacts';
import { artefactOptions } from './cacheFolder';
import { Server } from './server';

/** Entry of the engine process: serves whoever forked it, and ends with them. */
const server = new Server((message) => {
  if (process.connected) process.send?.(message);
}, new ArtefactStore(artefactOptions()));

process.on('message', (message) => {
  server.handle(message);
});
process.on('disconnect', () => {
  process.exit(0);
});
