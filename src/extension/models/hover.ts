import path from 'node:path';

import * as vscode from 'vscode';

import { age, literal } from '../../reading/format';
import { lastInWords, modelName, reasonWithoutCode, shortFacts, versionInWords } from '../../reading/model';
import { versionOf } from '../files/modelFiles';
import { modelNamedIn } from '../files/paths';
import type { History } from '../runs/history';
import type { Inspected, Inspections } from './inspections';
import { literalAt } from './literals';

/** How long a hover waits for the engine, ms. */
const patience = 150;

const links = [
  ['Open', 'boundaryLens.inspect'],
  ['Analyze', 'boundaryLens.analyze'],
  ['Compare', 'boundaryLens.compare'],
] as const;

/** What a TensorFlow.js model's own JSON says of itself by these. */
const ownKeys = /^(format|generatedBy|convertedBy|modelTopology|weightsManifest)$/;

/** Tells of the model that a path in a document names. Reads nothing in Restricted Mode. */
export class ModelHover implements vscode.HoverProvider {
  constructor(
    private readonly inspections: Inspections,
    private readonly history: History,
  ) {}

  async provideHover(document: vscode.TextDocument, position: vscode.Position): Promise<vscode.Hover | undefined> {
    if (!vscode.workspace.isTrusted) return undefined;
    const found = literalAt(document.languageId, document.lineAt(position.line).text, position.character);
    if (!found) return undefined;
    const own = path.basename(document.uri.fsPath).toLowerCase() === 'model.json' && ownKeys.test(found.text);
    const file = own ? document.uri.fsPath : await modelNamedIn(document.uri, found.text);
    const text = file === undefined ? undefined : await this.text(file);
    const { line } = position;
    return text && new vscode.Hover(text, new vscode.Range(line, found.start, line, found.end));
  }

  private async text(file: string): Promise<vscode.MarkdownString | undefined> {
    const [version, inspected, results] = await Promise.all([
      versionOf(file),
      this.inspections.within(file, patience),
      this.history.of(file),
    ]);
    if (!version) return undefined;
    const now = Date.now();
    const [last] = results;
    return hoverText(file, [
      `${literal(modelName(file))}, ${versionInWords(version, now)}`,
      ...factLines(inspected),
      ...(last ? [`Last results: ${literal(lastInWords(last, age(now - last.at)))}`] : []),
    ]);
  }
}

function factLines(inspected: Inspected | undefined): string[] {
  if (!inspected) return ['Being read; hover again for what it holds'];
  if (inspected.inspection) return shortFacts(inspected.inspection);
  return [`Cannot be analysed: ${literal(reasonWithoutCode(inspected.failure.message), 400)}`];
}

/** Lines of text, none of which is read as Markdown, and links to our commands, the only ones that it may run. */
export function hoverText(file: string, lines: readonly string[]): vscode.MarkdownString {
  const text = new vscode.MarkdownString();
  text.isTrusted = { enabledCommands: links.map(([, command]) => command) };
  text.appendMarkdown(lines.map(escaped).join('  \n'));
  const argument = encodeURIComponent(JSON.stringify([file]));
  // In a link's target, what encodeURIComponent leaves of Markdown's own marks would end it.
  const target = argument.replace(/[()'*!~]/g, (mark) => `%${mark.charCodeAt(0).toString(16)}`);
  text.appendMarkdown(`\n\n${links.map(([title, command]) => `[${title}](command:${command}?${target})`).join(' · ')}`);
  return text;
}

/** Text as Markdown that shows it letter by letter: appendText would leave addresses, which become links. */
export function escaped(text: string): string {
  return text.replace(/[^\p{L}\p{M}\p{N} ]/gu, (mark) => `&#${mark.codePointAt(0) ?? 0xfffd};`);
}
