import { version } from '../../../package.json';

/** This program's version; part of every report and of every artefact's key. */
export const toolVersion: string = version;
