import { AnalysisError } from '../../base/errors';
import { atOnce, type Steps } from '../../base/steps';
import type { AttributeProto, FunctionProto, GraphProto, NodeProto } from '../../onnx/onnxProto';
import { onExtents } from './extentNodes';
import { OnnxNode, type Reading, type Translation } from './node';
import type { Operand } from './operand';
import { translations } from './operators/table';
import { orderedNodes } from './order';
import { onUnbatched } from './unbatched';

/** Operator set versions by domain; '' is ONNX's own. */
export type Opsets = ReadonlyMap<string, number>;

/** The values of a graph by name, those of the graphs around it included. */
type Scope = (name: string) => Operand | undefined;

const ONNX_DOMAINS: ReadonlySet<string> = new Set(['', 'ai.onnx']);
const DEEPEST_NESTING = 64;

/** '' for both names of ONNX's own domain. */
export function domainOf(domain: string): string {
  return ONNX_DOMAINS.has(domain) ? '' : domain;
}

/** What the graphs of one file share. */
export type GraphReading = Omit<Reading, 'subgraph' | 'storedType'>;

/** Translates the nodes of a graph on demand, each once. */
export class GraphReader {
  private readonly values = new Map<string, Operand>();
  private readonly initializers: ReadonlyMap<string, GraphProto['initializer'][number]>;

  /**
   * @param graph its nodes in any order
   * @param opsets the versions it is written in
   * @param functions the file's own, by functionKey
   * @param reading what the graphs of the file share
   * @param outer the values of the graphs around this one
   * @param depth how many graphs are around this one
   * @throws AnalysisError 'model-unreadable' where it is nested too deep
   */
  constructor(
    private readonly graph: Pick<GraphProto, 'node' | 'initializer'>,
    private readonly opsets: Opsets,
    private readonly functions: ReadonlyMap<string, FunctionProto>,
    private readonly reading: GraphReading,
    private readonly outer: Scope = () => undefined,
    private readonly depth = 0,
  ) {
    if (depth > DEEPEST_NESTING) {
      throw new AnalysisError(
        'model-unreadable',
        `Graphs and functions must be nested at most ${DEEPEST_NESTING} deep.`,
      );
    }
    this.initializers = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  }

  /** Gives an input of the graph its value. */
  bind(name: string, value: Operand): void {
    this.values.set(name, value);
  }

  /**
   * The value of that name, after everything that it needs: a node a step.
   *
   * @throws AnalysisError 'model-unreadable' where nothing makes it, or it depends on itself; 'unsupported-op' where an
   *   operator on the way is not known
   */
  *evaluate(name: string): Steps<Operand> {
    const known = this.lookup(name);
    if (known !== undefined) return known;
    const nodes = orderedNodes(this.graph.node, name, (other) => this.lookup(other) !== undefined);
    yield;
    for (const node of nodes) {
      const outputs = this.translate(node);
      node.output.forEach((output, i) => {
        // An output that is not computed here is missed only by who asks for it.
        if (output !== '' && i < outputs.length) this.values.set(output, outputs[i]);
      });
      yield;
    }
    const value = this.lookup(name);
    if (value === undefined) throw new AnalysisError('unsupported-op', `The output "${name}" is not computed here.`);
    return value;
  }

  private lookup(name: string): Operand | undefined {
    const known = this.values.get(name);
    if (known !== undefined) return known;
    const tensor = this.initializers.get(name);
    if (tensor === undefined) return this.outer(name);
    const constant = this.reading.constant(tensor, name);
    this.values.set(name, constant);
    return constant;
  }

  private storedType(name: string): number | undefined {
    const tensor = this.initializers.get(name);
    if (tensor !== undefined) return tensor.dataType;
    const constant = this.graph.node.find(({ opType, output }) => opType === 'Constant' && output[0] === name);
    return constant?.attribute.find((attribute) => attribute.name === 'value')?.t?.dataType;
  }

  private translate(proto: NodeProto): readonly Operand[] {
    const inputs = proto.input.map((name) => {
      if (name === '') return undefined;
      const value = this.lookup(name);
      if (value !== undefined) return value;
      throw new AnalysisError(
        'unsupported-op',
        `${proto.opType} "${proto.name}": its input "${name}" is not computed here.`,
      );
    });
    while (inputs.length > 0 && inputs.at(-1) === undefined) inputs.pop();
    const domain = domainOf(proto.domain);
    const node = new OnnxNode(proto, this.opsets.get(domain) ?? 1, inputs, {
      ...this.reading,
      storedType: (name) => this.storedType(name),
      subgraph: (graph, from) => this.subgraph(graph, from),
    });
    try {
      const own = this.functions.get(functionKey(proto.domain, proto.opType));
      if (own !== undefined) return this.call(own, node);
      const translation = translationOf(domain, proto.opType);
      const outputs =
        onUnbatched(node, translation) ?? onExtents(node, translation) ?? (translation && [translation(node)].flat());
      if (outputs === undefined) throw unknownOperator(node, domain);
      this.reading.merged.follow(inputs, outputs);
      return outputs;
    } catch (error) {
      throw node.named(error);
    }
  }

  private subgraph(graph: GraphProto, from: OnnxNode): readonly Operand[] {
    if (graph.input.length > 0) throw from.unreadable('a branch must have no inputs');
    const inner = new GraphReader(
      graph,
      this.opsets,
      this.functions,
      this.reading,
      (name) => this.lookup(name),
      this.depth + 1,
    );
    return graph.output.map(({ name }) => atOnce(inner.evaluate(name)));
  }

  /** A function of the file's own, with the node's attributes in place of its parameters. */
  private call(own: FunctionProto, node: OnnxNode): readonly Operand[] {
    const given = new Map(
      [...own.attributeProto, ...node.proto.attribute].map((attribute) => [attribute.name, attribute]),
    );
    const opsets = new Map(own.opsetImport.map(({ domain, version }) => [domainOf(domain), version]));
    const body = { node: own.node.map((inner) => withAttributes(inner, given)), initializer: [] };
    const inner = new GraphReader(body, opsets, this.functions, this.reading, undefined, this.depth + 1);
    own.input.forEach((name, i) => {
      const value = node.inputs[i];
      if (value !== undefined) inner.bind(name, value);
    });
    return own.output.slice(0, Math.max(1, node.proto.output.length)).map((name) => atOnce(inner.evaluate(name)));
  }
}

function translationOf(domain: string, op: string): Translation | undefined {
  // Own keys only: names come from the file.
  if (!Object.hasOwn(translations, domain) || !Object.hasOwn(translations[domain], op)) return undefined;
  return translations[domain][op];
}

/** How a node finds a function of the file's own. */
export function functionKey(domain: string, name: string): string {
  return `${domainOf(domain)}:${name}`;
}

function withAttributes(node: NodeProto, given: ReadonlyMap<string, AttributeProto>): NodeProto {
  const attribute = node.attribute.flatMap((own) => {
    if (own.refAttrName === '') return own;
    const value = given.get(own.refAttrName);
    return value === undefined ? [] : { ...value, name: own.name };
  });
  return { ...node, attribute };
}

function unknownOperator(node: OnnxNode, domain: string): AnalysisError {
  if (domain === 'com.microsoft.nchwc') {
    return node.unsupported(
      'onnxruntime laid this file out for one kind of processor, with operators of its own that nothing else reads',
      'Use the file that was optimised, or save it with a graph optimization level of ORT_ENABLE_EXTENDED at most.',
    );
  }
  if (domain === 'ai.onnx.ml') {
    return node.unsupported(
      'it belongs to ai.onnx.ml: trees have no gradient, and the others are not translated',
      'Of scikit-learn, networks (MLPClassifier) are read.',
    );
  }
  if (/Random|Multinomial|Bernoulli/.test(node.op)) {
    return node.unsupported(
      'it draws random numbers, so that the model answers anew each time',
      'Export it for inference, without augmentation and dropout.',
    );
  }
  return domain === ''
    ? node.unsupported(
        'there is no translation of this operator',
        'Replace it in the model, or export with a lower opset.',
      )
    : node.unsupported(
        `it belongs to the domain ${domain}, which is not part of ONNX`,
        'Export the model with standard operators only.',
      );
}
