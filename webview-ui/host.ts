import { mismatch } from '../src/protocol/check';
import type { Report } from '../src/protocol/report';
import { type FromView, type PanelState, Remembered, ToView } from '../src/protocol/view';

/** Who shows this page: VS Code, or a browser that opened a saved report. */
export interface Host {
  /** False on a saved page: there is nobody to ask for anything. */
  readonly answers: boolean;
  send(message: FromView): void;
  /** Saves a data URI as a file. */
  save(name: string, data: string): void;
  /** Calls back with every state, the first one included. */
  listen(show: (state: PanelState) => void): void;
}

interface VsCode {
  postMessage(message: FromView): void;
  getState(): unknown;
  setState(state: Remembered): void;
}

declare function acquireVsCodeApi(): VsCode;

const mostRemembered = 1_000_000;

/** The page inside VS Code. */
export function vsCodeHost(): Host {
  const api = acquireVsCodeApi();
  return {
    answers: true,
    send: (message) => {
      api.postMessage(message);
    },
    save: (name, data) => {
      api.postMessage({ type: 'saveFigure', name, data });
    },
    listen: (show) => {
      const remembered = api.getState();
      if (remembered !== undefined && mismatch(Remembered, remembered) === undefined) {
        show((remembered as Remembered).state);
      }
      window.addEventListener('message', ({ data }: MessageEvent<unknown>) => {
        const reason = mismatch(ToView, data);
        if (reason !== undefined) {
          api.postMessage({ type: 'refused', reason });
          return;
        }
        const { state } = data as ToView;
        api.setState({ state: small(state) });
        show(state);
      });
      api.postMessage({ type: 'ready' });
    },
  };
}

/** The page as a file of its own, with the report inside. */
export function savedHost(source: string): Host {
  const report = JSON.parse(source) as Report;
  return {
    answers: false,
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

/** The state without pictures, and without the report where that is still large. */
function small({ report, ...state }: PanelState): PanelState {
  if (!report) return state;
  const kept = { ...report, analyses: { ...report.analyses } };
  delete kept.thumbnails;
  delete kept.analyses.slice;
  return JSON.stringify(kept).length > mostRemembered ? state : { ...state, report: kept };
}
