import { EventEmitter } from './eventEmitter';

/** A list whose entries may change while it is open. */
export class FakeQuickPick {
  title = '';
  placeholder = '';
  busy = false;
  ignoreFocusOut = false;
  items: { label: string; detail?: string }[] = [];
  activeItems: object[] = [];
  selectedItems: object[] = [];
  open = false;
  private readonly accepts = new EventEmitter<undefined>();
  private readonly hides = new EventEmitter<undefined>();
  readonly onDidAccept = this.accepts.event;
  readonly onDidHide = this.hides.event;

  show(): void {
    this.open = true;
  }

  hide(): void {
    if (!this.open) return;
    this.open = false;
    this.hides.fire(undefined);
  }

  dispose(): void {
    this.hide();
  }

  /** What the user chooses. */
  accept(label: string): void {
    this.selectedItems = this.items.filter((item) => item.label === label);
    this.accepts.fire(undefined);
  }
}

/** Every such list that was made, the last one last. */
export const quickPicks: FakeQuickPick[] = [];
