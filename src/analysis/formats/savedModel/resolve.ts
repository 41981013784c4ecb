import { AnalysisError } from '../../base/errors';
import { atOnce } from '../../base/steps';
import { DeadBranches } from './deadBranches';
import { elementsOfConstant, tensorOutline } from './elements';
import type { NodeDef } from './savedModelProto';
import { dataInputs, type Place, type Scope } from './scope';

/** More steps from a reference to the node behind it mean that it leads back to itself. */
const LONGEST_WAY = 10_000;

/** Control flow of TensorFlow 2, by where its function for a true and a false condition is named. */
const CONDITIONALS: ReadonlySet<string> = new Set(['If', 'StatelessIf']);

/**
 * Follows references to the nodes that really compute: through the calls of functions, their arguments and results, through
 * defaults that nobody overrides, and along the branch that a constant condition chooses.
 */
export class Resolver {
  private readonly conditions = new Map<Scope, Map<NodeDef, boolean | undefined>>();
  private readonly dead = new DeadBranches((scope, reference) => this.condition(scope, reference));

  /** @param input the node of the main graph that is the image, '' where there is none */
  constructor(private readonly input: string) {}

  /**
   * The place that a reference stands for.
   *
   * @throws AnalysisError 'model-unreadable' where it leads nowhere, or back to itself; 'unsupported-op' where the image
   *   decides what is computed
   */
  place(scope: Scope, reference: string): Place {
    let at: { readonly scope: Scope; readonly reference: string } = { scope, reference };
    for (let step = 0; step < LONGEST_WAY; step++) {
      const found = at.scope.find(at.reference);
      if (found === undefined) {
        at = at.scope.outer(at.reference);
        continue;
      }
      const place = { scope: at.scope, ...found };
      const next = this.next(place);
      if (next === undefined) return place;
      at = next;
    }
    throw scope.unreadable(`"${reference}" depends on its own result`);
  }

  /** As place, through what hands on its input unchanged. */
  source(scope: Scope, reference: string): Place {
    let place = this.place(scope, reference);
    for (let step = 0; place.node.op === 'Identity' && step < LONGEST_WAY; step++) {
      place = this.place(place.scope, firstInput(place));
    }
    return place;
  }

  /** The truth of a condition, where it does not depend on the image. */
  condition(scope: Scope, reference: string): boolean | undefined {
    const place = this.source(scope, reference);
    const known = this.conditions.get(place.scope) ?? new Map<NodeDef, boolean | undefined>();
    this.conditions.set(place.scope, known);
    // Set before, so that one that depends on itself ends.
    if (!known.has(place.node)) known.set(place.node, undefined).set(place.node, this.truth(place));
    return known.get(place.node);
  }

  private truth({ scope, node }: Pick<Place, 'scope' | 'node'>): boolean | undefined {
    const inputs = dataInputs(node);
    switch (node.op) {
      case 'Const':
        return constantTruth({ scope, node });
      case 'LogicalNot': {
        const value = this.condition(scope, firstInput({ scope, node }));
        return value === undefined ? undefined : !value;
      }
      case 'LogicalAnd':
      case 'LogicalOr': {
        const decides = node.op === 'LogicalOr';
        const values = inputs.map((input) => this.condition(scope, input));
        if (values.includes(decides)) return decides;
        return values.includes(undefined) ? undefined : !decides;
      }
      default:
        return undefined;
    }
  }

  /** Where a reference to this place leads on; undefined where it has arrived. */
  private next({ scope, node, output }: Place): { readonly scope: Scope; readonly reference: string } | undefined {
    const body = scope.body(node) ?? this.branch(scope, node);
    if (body !== undefined) return { scope: body, reference: body.returned(output) };
    const inputs = dataInputs(node);
    switch (node.op) {
      case 'PlaceholderWithDefault':
        // What could be given is never given, but for the image.
        return isMain(scope) && node.name === this.input
          ? undefined
          : { scope, reference: firstInput({ scope, node }) };
      case 'Switch': {
        const condition = inputs.length > 1 ? this.condition(scope, inputs[1]) : undefined;
        if (condition === undefined) throw undecided(scope, node);
        if (Number(condition) !== output) {
          throw scope.unreadable(`"${node.name}" is needed on the branch that is not taken`);
        }
        return { scope, reference: inputs[0] };
      }
      case 'Merge': {
        const alive = inputs.filter((input) => !this.dead.has(scope, input));
        if (alive.length !== 1 || output !== 0) throw undecided(scope, node);
        return { scope, reference: alive[0] };
      }
      default:
        return undefined;
    }
  }

  /** The function that a constant condition chooses. */
  private branch(scope: Scope, node: NodeDef): Scope | undefined {
    if (!CONDITIONALS.has(node.op)) return undefined;
    const condition = this.condition(scope, firstInput({ scope, node }));
    if (condition === undefined) throw undecided(scope, node);
    const chosen = scope.attribute(node, condition ? 'then_branch' : 'else_branch')?.func;
    return scope.bodyOf(node, chosen?.name ?? '', chosen?.attr ?? [], dataInputs(node).slice(1));
  }
}

function isMain(scope: Scope): boolean {
  return scope.call === undefined;
}

/** What a node is computed from. */
export function firstInput({ scope, node }: Pick<Place, 'scope' | 'node'>): string {
  const first = dataInputs(node).at(0);
  if (first === undefined) throw scope.unreadable(`${node.op} "${node.name}" must have an input`);
  return first;
}

function constantTruth({ scope, node }: Pick<Place, 'scope' | 'node'>): boolean | undefined {
  const tensor = scope.attribute(node, 'value')?.tensor;
  if (tensor === undefined) return undefined;
  const outline = tensorOutline(tensor.dtype, tensor.tensorShape, node.name);
  return outline.count === 1 ? atOnce(elementsOfConstant(outline, scope.library.whole(tensor)))[0] !== 0 : undefined;
}

function undecided(scope: Scope, node: NodeDef): AnalysisError {
  return new AnalysisError(
    'unsupported-op',
    `${node.op} "${scope.prefix}${node.name}": which branch is taken must not depend on the image. ` +
      'Export the model for inference, with training=False.',
  );
}
