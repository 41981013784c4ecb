import type * as vscode from 'vscode';

/** The extension's log, which knows what went wrong last. */
export class Log {
  /** Empty where all went well. */
  lastError = '';

  constructor(private readonly channel: vscode.LogOutputChannel) {}

  readonly info = (text: string): void => {
    this.channel.info(text);
  };

  readonly warn = (text: string): void => {
    this.channel.warn(text);
  };

  readonly error = (text: string): void => {
    this.lastError = text;
    this.channel.error(text);
  };

  readonly show = (): void => {
    this.channel.show();
  };
}
