import { AnalysisError } from '../../base/errors';
import { atOnce, type Steps } from '../../base/steps';
import type { Value } from '../../network/network';
import { formatShape } from '../../network/shapes';
import type { Operand } from '../batch/operand';
import { AtenNode, isNamed, type Reading, targetOf, type Translation } from './node';
import { isSymbolic, symbolicNumber } from './operators/symbolic';
import { translations } from './operators/table';
import type { Graph, ProgramNode, TensorMeta } from './program';
import { aliasRoots, firstName, isView, putBack, writtenInPlace } from './views';

const DEEPEST_NESTING = 16;

/** A tensor's present content. Whatever shares its memory is made again where it was written to since. */
interface Cell {
  operand: Operand;
  /** Counts the writes. */
  version: number;
  readonly view?: View;
}

/** That a cell is a part, or another arrangement, of another's memory. */
interface View {
  readonly node: ProgramNode;
  /** Which of the node's results. */
  readonly place: number;
  readonly base: string;
  /** The base's version that was looked at. */
  seen: number;
}

/** What the graphs of one program share. */
export type GraphReading = Omit<Reading, 'subgraph'>;

/** Translates the nodes of a graph in their order, which writing in place depends on. */
export class GraphReader {
  private readonly cells = new Map<string, Cell>();

  /** @throws AnalysisError 'model-unreadable' where graphs are nested too deep */
  constructor(
    private readonly graph: Graph,
    private readonly reading: GraphReading,
    private readonly depth = 0,
  ) {
    if (depth > DEEPEST_NESTING) {
      throw new AnalysisError('model-unreadable', `Graphs must be nested at most ${DEEPEST_NESTING} deep.`);
    }
  }

  /** Gives an input of the graph its value. */
  bind(name: string, operand: Operand): void {
    this.cells.set(name, { operand, version: 0 });
  }

  /**
   * The values of those names, after everything that they need, a node a step; other nodes are passed over.
   *
   * @throws AnalysisError 'model-unreadable' where nothing makes one; 'unsupported-op' where an operator on the way is not
   *   known
   */
  *evaluate(names: readonly string[]): Steps<readonly Operand[]> {
    for (const node of neededNodes(this.graph.nodes, names)) {
      this.run(node);
      yield;
    }
    return names.map((name) => this.read(name));
  }

  private read(name: string): Operand {
    const cell = this.cell(name);
    const { view } = cell;
    if (view === undefined) return cell.operand;
    this.read(view.base);
    const { version } = this.cell(view.base);
    if (version !== view.seen) {
      cell.operand = this.translated(view.node)[view.place];
      cell.version++;
      view.seen = version;
    }
    return cell.operand;
  }

  private cell(name: string): Cell {
    const cell = this.cells.get(name);
    if (cell !== undefined) return cell;
    throw new AnalysisError('model-unreadable', `"${name}" is made by no node before it is used.`);
  }

  private run(node: ProgramNode): void {
    const outputs = this.translated(node);
    const names = node.outputs.flat();
    const written = writtenInPlace(node);
    if (written !== undefined) {
      this.write(written, outputs[0], node);
      const [result] = names;
      if (isNamed(result)) this.cells.set(result.name, this.cell(written));
      return;
    }
    const base = isView(node) ? firstName(node) : undefined;
    names.forEach((output, place) => {
      // An output that is not computed here is missed only by who asks for it.
      if (!isNamed(output) || place >= outputs.length) return;
      const operand = outputs[place];
      const view = base === undefined ? undefined : { node, place, base, seen: this.cell(base).version };
      this.cells.set(output.name, { operand, version: 0, ...(view ? { view } : {}) });
      checkShape(node, operand, this.graph.tensors.get(output.name), this.reading.fixedBatch);
    });
  }

  /** Writes into a tensor, and into what it is a part of. */
  private write(name: string, operand: Operand, by: ProgramNode): void {
    const cell = this.cell(name);
    cell.operand = operand;
    cell.version++;
    const { view } = cell;
    if (view === undefined) return;
    const node = this.atenNode(view.node);
    const base = this.read(view.base);
    if (!isTensor(base) || !isTensor(operand)) throw node.unsupported(`${by.target} writes into its result`);
    this.write(view.base, putBack(node, base, operand), by);
    view.seen = this.cell(view.base).version;
  }

  private atenNode(node: ProgramNode): AtenNode {
    const reading = {
      ...this.reading,
      subgraph: (graph: Graph, inputs: readonly Operand[]) => this.subgraph(graph, inputs),
    };
    return new AtenNode(node, reading, (name) => this.read(name));
  }

  private translated(node: ProgramNode): readonly Operand[] {
    const aten = this.atenNode(node);
    try {
      if (isSymbolic(node.target)) return [symbolicNumber(aten)];
      const outputs = [translationOf(node)(aten)].flat();
      const inputs = node.inputs
        .flatMap(({ argument }) => [argument].flat())
        .flatMap((input) => (isNamed(input) ? (this.cells.get(input.name)?.operand ?? []) : []));
      this.reading.merged.follow(inputs, outputs);
      return outputs;
    } catch (error) {
      throw aten.named(error);
    }
  }

  private subgraph(graph: Graph, inputs: readonly Operand[]): readonly Operand[] {
    const inner = new GraphReader(graph, this.reading, this.depth + 1);
    graph.inputs.forEach((input, i) => {
      if (isNamed(input) && i < inputs.length) inner.bind(input.name, inputs[i]);
    });
    return atOnce(inner.evaluate(graph.outputs.flat().flatMap((output) => (isNamed(output) ? output.name : []))));
  }
}

function isTensor(operand: Operand): operand is Value {
  return operand.op !== 'Extents' && operand.op !== 'Sequence';
}

/** The nodes that some values depend on, those that write into what they depend on included. */
function neededNodes(nodes: readonly ProgramNode[], names: readonly string[]): ProgramNode[] {
  const root = aliasRoots(nodes);
  const needed = new Set(names.map(root));
  const result: ProgramNode[] = [];
  for (const node of [...nodes].reverse()) {
    const made = node.outputs.flat().flatMap((output) => (isNamed(output) ? output.name : []));
    const written = writtenInPlace(node);
    if (![...made, ...(written === undefined ? [] : [written])].some((name) => needed.has(root(name)))) continue;
    result.push(node);
    for (const input of node.inputs.flatMap(({ argument }) => [argument].flat())) {
      if (isNamed(input)) needed.add(root(input.name));
    }
  }
  return result.reverse();
}

function translationOf({ target }: ProgramNode): Translation {
  const { op } = targetOf(target);
  const plain = writtenOp(op);
  // Own keys only: names come from the file.
  for (const name of [op, plain]) if (Object.hasOwn(translations, name)) return translations[name];
  return (node) => {
    throw target.startsWith('torch.ops.aten.')
      ? node.unsupported('there is no translation of this operator', 'Export the model to ONNX instead.')
      : node.unsupported(
          'it is none of the operators of PyTorch itself',
          'Export the model with standard operators only.',
        );
  };
}

/** add for add_. */
function writtenOp(op: string): string {
  return op.endsWith('_') ? op.slice(0, -1) : op;
}

/** What torch says of a result's shape must be what is made of it here. */
function checkShape(
  { target }: ProgramNode,
  operand: Operand,
  meta: TensorMeta | undefined,
  fixedBatch: number | null,
): void {
  if (meta === undefined || !isTensor(operand)) return;
  const { shape } = operand;
  const fits = meta.sizes.every((size, axis) => {
    const dim = shape[axis] as number | undefined;
    if (dim === undefined) return false;
    return typeof size === 'string' ? dim < 0 : size === (dim < 0 ? -dim * (fixedBatch ?? 0) : dim);
  });
  if (fits && shape.length === meta.sizes.length) return;
  throw new AnalysisError(
    'unsupported-op',
    `${targetOf(target).op}: its result is [${meta.sizes.join(', ')}] by the file, but ${formatShape(shape)} was made of it. ` +
      'Export the model to ONNX instead.',
  );
}
