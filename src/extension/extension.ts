import path from 'node:path';

import * as vscode from 'vscode';

import { Report } from '../protocol/report';
import { Remembered } from './choosing/choose';
import { registerCommands } from './commands/commands';
import { registerEngineCommands } from './commands/engine';
import { registerHistoryCommands } from './commands/history';
import { openSample } from './commands/sample';
import type { Tools } from './commands/tools';
import { Engine } from './engine/engine';
import { documentsIn } from './files/paths';
import { JsonStore } from './jsonStore';
import { Log } from './log';
import { ResultDecorations } from './models/decorations';
import { ModelHover } from './models/hover';
import { Inspections } from './models/inspections';
import { languageIds } from './models/literals';
import { registerModelPages } from './models/modelPage';
import { SaveLens } from './models/saveLens';
import { Preflights } from './preflight/preflights';
import { History } from './runs/history';
import { registerReports } from './runs/reportEditor';
import { panelType } from './runs/resultPanel';
import { Results } from './runs/results';
import { Runs } from './runs/runs';
import { StatusBar } from './runs/statusBar';
import { AllSeries } from './series/allSeries';
import { seriesType } from './series/seriesPanel';
import { currentSettings, historyLimit } from './settings';
import { whenTrusted } from './trust';

export function activate(context: vscode.ExtensionContext): void {
  const channel = vscode.window.createOutputChannel('Boundary Lens', { log: true });
  const log = new Log(channel);
  const { extensionUri, workspaceState } = context;
  const engine = new Engine({ modulePath: context.asAbsolutePath(path.join('dist', 'engine.js')), log: log.error });
  const statusBar = new StatusBar();
  const storage = context.storageUri ?? context.globalStorageUri;
  const history = new History(vscode.Uri.joinPath(storage, 'history'), historyLimit, log);
  const runs = new Runs(engine, history, statusBar, log);
  const results = new Results({ extensionUri, runs, history, engine, log });
  const decorations = new ResultDecorations(history);
  const inspections = new Inspections(engine);
  const remembered = new Remembered(workspaceState);
  // Of a file, whatever folder is open.
  const calibrations = new JsonStore<Report>(
    vscode.Uri.joinPath(context.globalStorageUri, 'calibrations'),
    Report,
    log,
  );
  const series = new AllSeries({ extensionUri, runs, history, inspections, log, settings: currentSettings });
  const preflights = new Preflights({ extensionUri, engine, log });
  const tools: Tools = { runs, series, results, inspections, preflights, remembered, calibrations };
  context.subscriptions.push(
    series,
    // What goes on is kept before the engine ends under it.
    runs,
    engine,
    channel,
    statusBar,
    results,
    history,
    preflights,
    registerModelPages({ extensionUri, inspections, history, log }),
    vscode.languages.registerHoverProvider(documentsIn(languageIds), new ModelHover(inspections, history)),
    decorations,
    vscode.window.registerFileDecorationProvider(decorations),
    vscode.languages.registerCodeLensProvider(documentsIn(['python']), new SaveLens()),
    registerCommands(tools),
    vscode.commands.registerCommand('boundaryLens.openSample', (asked: unknown) => {
      return whenTrusted(() => openSample(tools, context, asked));
    }),
    registerHistoryCommands({ runs, results, history }),
    registerEngineCommands({ context, engine, log }),
    registerReports(results),
    vscode.window.registerWebviewPanelSerializer(panelType, {
      deserializeWebviewPanel: (panel, state: unknown) => results.restore(panel, state),
    }),
    vscode.window.registerWebviewPanelSerializer(seriesType, {
      deserializeWebviewPanel: (panel, state: unknown) => {
        series.restore(panel, state);
        return Promise.resolve();
      },
    }),
  );
}
