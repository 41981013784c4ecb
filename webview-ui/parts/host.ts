import { changed } from '../../src/protocol/change';
import { mismatch } from '../../src/protocol/check';
import type { Report } from '../../src/protocol/report';
import { type FromView, type PanelState, type Place, Remembered, ToView } from '../../src/protocol/view';

/** Where the user is on a page. */
export interface Memory {
  /** Where the user was on the page, also before it was made again. */
  readonly place: Place;
  /** Keeps where the user is. */
  remember(change: Place): void;
}

/** Who saves files. */
export interface Saving {
  /** Saves a data URI as a file. */
  save(name: string, data: string): void;
}

/** Who shows this page: VS Code, or a browser that opened a saved report. */
export interface Host extends Memory, Saving {
  /** False on a saved page: there is nobody to ask for anything. */
  readonly answers: boolean;
  send(message: FromView): void;
  /** Puts text on the clipboard. */
  copy(text: string): void;
  /** Calls back with every state, the first one included. */
  listen(show: (state: PanelState) => void): void;
}

interface VsCode {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: Remembered): void;
}

declare function acquireVsCodeApi(): VsCode;

/** The page inside VS Code. */
export function vsCodeHost(): Host {
  const api = acquireVsCodeApi();
  const before = api.getState();
  let remembered = mismatch(Remembered, before) === undefined ? (before as Remembered) : undefined;
  let place = remembered?.place ?? {};
  return {
    answers: true,
    get place() {
      return place;
    },
    remember: (change) => {
      place = { ...place, ...change };
      if (remembered) api.setState({ ...remembered, place });
    },
    copy: (text) => {
      api.postMessage({ type: 'copy', text });
    },
    send: (message) => {
      api.postMessage(message);
    },
    save: (name, data) => {
      api.postMessage({ type: 'saveFigure', name, data });
    },
    listen: (show) => {
      let known: Known | undefined;
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        const reason = mismatch(ToView, data);
        if (reason !== undefined) {
          api.postMessage({ type: 'refused', reason });
          return;
        }
        known = after(known, data as ToView);
        if (!known) {
          // A message was lost, as happens where the page was covered: the whole is asked for.
          if ((data as ToView).type === 'change') api.postMessage({ type: 'ready' });
          return;
        }
        const { state } = known;
        if ((data as ToView).type === 'state' && state.id !== undefined) {
          // Other results are another page.
          if (remembered && remembered.id !== state.id) place = {};
          remembered = { id: state.id, model: state.model };
          api.setState({ ...remembered, place });
        }
        show(state);
      });
      api.postMessage({ type: 'ready' });
    },
  };
}

/** The page as a file of its own, with the report inside. */
export function savedHost(source: string): Host {
  const report = JSON.parse(source) as Report;
  let place: Place = {};
  return {
    answers: false,
    get place() {
      return place;
    },
    remember: (change) => {
      place = { ...place, ...change };
    },
    copy: (text) => void navigator.clipboard.writeText(text),
    send: () => undefined,
    save: (name, data) => {
      const link = document.createElement('a');
      link.href = data;
      link.download = name;
      link.click();
    },
    listen: (show) => {
      show({ phase: 'done', model: report.manifest.model.path, report });
    },
  };
}

interface Known {
  readonly revision: number;
  readonly state: PanelState;
}

/** What the page knows after a message; undefined where that does not follow what it knew. */
function after(known: Known | undefined, message: ToView): Known | undefined {
  switch (message.type) {
    case 'state':
      return message;
    case 'progress':
      return known && { ...known, state: { ...known.state, progress: message.progress } };
    case 'change': {
      if (known?.revision !== message.revision - 1) return undefined;
      try {
        const report = message.report ? changed(known.state.report, message.report) : known.state.report;
        return { revision: message.revision, state: { ...message.rest, report } };
      } catch {
        return undefined;
      }
    }
  }
}
