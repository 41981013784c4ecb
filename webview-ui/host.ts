import type { Report } from '../src/protocol/report';
import type { FromView, PanelState, ToView } from '../src/protocol/view';

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
  getState(): Remembered | undefined;
  setState(state: Remembered): void;
}

/** What VS Code keeps for the page over Reload Window, and hands to the panel's serializer. */
interface Remembered {
  readonly state: PanelState;
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
      if (remembered) show(remembered.state);
      window.addEventListener('message', ({ data }: MessageEvent<Partial<ToView> | null>) => {
        if (data?.type !== 'state' || !data.state) return;
        api.setState({ state: small(data.state) });
        show(data.state);
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
