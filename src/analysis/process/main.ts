import { letHeapGrow } from '../base/heapGrowth';
import { ArtefactStore } from '../study/artefacts';
import { artefactOptions } from '../study/cacheFolder';
import { Server } from './server';

letHeapGrow();

/** Entry of the engine process: serves whoever forked it, and ends with them. */
const server = new Server((message) => {
  if (process.connected) process.send?.(message);
}, new ArtefactStore(artefactOptions()));

// It made Electron run as Node for this process; what this process starts must not inherit it.
delete process.env['ELECTRON_RUN_AS_NODE'];

process.on('message', (message) => {
  server.handle(message);
});
process.on('disconnect', () => {
  process.exit(0);
});
