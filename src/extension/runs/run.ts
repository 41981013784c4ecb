import * as vscode from 'vscode';

import type { Progress } from '../../protocol/job';
import { requestedNames } from '../../protocol/presets';
import type { Report } from '../../protocol/report';
import type { PanelState } from '../../protocol/view';
import type { Entry } from './history';
import { isCalibrationRefused, type Task, taskName } from './request';

/** A run that finished before, with what it found. */
export interface Finished {
  readonly entry: Entry;
  readonly report: Report;
}

/** What of a run changes. */
interface Changing {
  readonly entry: Entry;
  /** What it found itself. */
  readonly report?: Report | undefined;
  /** What is shown where it found nothing, or failed. */
  readonly earlier?: Finished | undefined;
  readonly progress?: Progress | undefined;
  /** Whether the model's files are others than those that what is shown was found of. */
  readonly changed?: boolean;
  readonly going?: boolean;
}

/** One run of a task, going on or kept: all that a panel shows follows from its state. */
export class Run {
  private readonly changes = new vscode.EventEmitter<void>();
  private current: PanelState;
  readonly onChange = this.changes.event;

  constructor(private known: Changing) {
    this.current = stateOf(known);
  }

  get key(): string {
    return this.known.entry.key;
  }

  get task(): Task {
    return this.known.entry.task;
  }

  get entry(): Entry {
    return this.known.entry;
  }

  /** What it found itself, so far. */
  get report(): Report | undefined {
    return this.known.report;
  }

  /** The files of which the report that is shown was found, as they were then. */
  get models(): Entry['models'] {
    const { entry, earlier } = this.known;
    return showsEarlier(this.known) && earlier ? earlier.entry.models : entry.models;
  }

  /** Another object whenever it is another state. */
  get state(): PanelState {
    return this.current;
  }

  update(change: Partial<Changing>): void {
    this.known = { ...this.known, ...change };
    this.current = stateOf(this.known);
    this.changes.fire();
  }
}

function stateOf(known: Changing): PanelState {
  const { entry, report, earlier, progress, changed } = known;
  const { key, task, at, failure } = entry;
  const old = showsEarlier(known);
  const shown = old ? earlier?.report : report;
  const replaced = entry.replaced && !old ? 'during' : undefined;
  return {
    phase: phaseOf(known),
    id: key,
    model: task.request.model,
    run: { at, name: taskName(task) },
    report: shown,
    ...(!shown && { planned: requestedNames(task.request.preset, task.request.analyses) }),
    ...(progress && { progress }),
    ...(failure && { failure }),
    ...(old && earlier && { earlier: earlier.entry.at }),
    ...((replaced ?? changed) && { modelChanged: replaced ?? 'since' }),
    ...(failure && isCalibrationRefused(task, failure) && { recalibrate: true }),
  };
}

/** Results are replaced by newer ones only, and by all of them where the run fails. */
function showsEarlier(known: Changing): boolean {
  const { report, earlier } = known;
  return earlier !== undefined && (report === undefined || phaseOf(known) === 'failed');
}

function phaseOf({ entry: { state }, going }: Changing): PanelState['phase'] {
  if (going) return 'running';
  return state === 'running' ? 'interrupted' : state;
}
