import type { AttributeProto, FunctionProto, GraphProto, ModelProto, NodeProto, TensorProto } from 'onnx-buf';
import { UserError } from '../../tensor/errors.js';
import { formatShape, sizeOf } from '../../tensor/tensor.js';
import type { Expr } from '../expr.js';
import { OnnxNode } from './onnx-node.js';
import { remedyFor, rules } from './operators/index.js';
import { MAX_ELEMENTS, tensorValue } from './tensors.js';
import { type Claim, FOLDED, isKnown, knownValue, type Value } from './values.js';

/** Nodes read in all, those of functions each time they are called. */
const MAX_NODES = 250_000;
const MAX_DEPTH = 100;
const STANDARD = new Set(['', 'ai.onnx']);

/** Names of one graph, one branch or one function body. */
interface Scope {
  readonly opset: number;
  readonly values: Map<string, Value>;
  readonly initialisers: ReadonlyMap<string, TensorProto>;
  readonly producers: ReadonlyMap<string, NodeProto>;
  /** Nodes under way, to notice cycles. */
  readonly open: Set<NodeProto>;
  readonly done: Set<NodeProto>;
  /** What the attributes of a function's call stand for in its body. */
  readonly attributes: ReadonlyMap<string, AttributeProto>;
  /** The graph around a branch. */
  readonly outer?: Scope;
  readonly depth: number;
}

/** Turns the nodes of an ONNX model into graphs of the language, only those that are asked for. */
export class Reader {
  private readonly functions: ReadonlyMap<string, FunctionProto>;
  /** Graphs that depend on no input. */
  private readonly constants = new Set<Expr>();
  private count = 0;

  constructor(
    model: ModelProto,
    private readonly external: ReadonlyMap<TensorProto, Uint8Array>,
    private readonly claim: { readonly now: Claim; readonly later: Claim },
    private readonly what: string,
  ) {
    this.functions = new Map(model.functions.map((f) => [`${f.domain}:${f.name}`, f]));
  }

  /** Values of `graph` by name, given those of its inputs. */
  read(graph: GraphProto, given: ReadonlyMap<string, Value>, opset: number, names: readonly string[]): Value[] {
    return this.resolve(names, this.scope(graph, given, { opset, attributes: new Map(), depth: 0 }));
  }

  private scope(
    { node, initializer }: { node: readonly NodeProto[]; initializer: readonly TensorProto[] },
    given: ReadonlyMap<string, Value>,
    rest: Pick<Scope, 'opset' | 'attributes' | 'depth' | 'outer'>,
  ): Scope {
    if (rest.depth > MAX_DEPTH) throw new UserError(`${this.what}: functions or branches are nested more than ${MAX_DEPTH} deep.`);
    const initialisers = new Map(initializer.map((t) => [t.name, t]));
    const producers = new Map<string, NodeProto>();
    for (const n of node) {
      for (const name of n.output) {
        if (name === '') continue;
        if (producers.has(name) || initialisers.has(name) || given.has(name))
          throw new UserError(`${this.what} gives the name "${name}" to two values. The file is damaged: export it again.`);
        producers.set(name, n);
      }
    }
    return { values: new Map(given), initialisers, producers, open: new Set(), done: new Set(), ...rest };
  }

  /** Iterative: graphs are deeper than the stack. */
  private resolve(names: readonly string[], scope: Scope): Value[] {
    for (const name of names) {
      const stack: Array<{ node: NodeProto; next: number }> = [];
      const visit = (wanted: string, by?: NodeProto): void => {
        if ((wanted === '' && by !== undefined) || this.lookUp(wanted, scope) !== undefined) return;
        const node = scope.producers.get(wanted);
        if (node === undefined) {
          if (scope.outer !== undefined) {
            this.resolve([wanted], scope.outer);
            return;
          }
          const user = by === undefined ? 'the graph' : describe(by, scope.opset);
          throw new UserError(`${this.what}: ${user} takes "${wanted}", which nothing makes. The file is damaged: export it again.`);
        }
        if (scope.open.has(node))
          throw new UserError(`${this.what}: ${describe(node, scope.opset)} depends on its own result. Export it again.`);
        if (scope.done.has(node))
          throw new UserError(`${this.what}: ${describe(node, scope.opset)}: its output "${wanted}" is not supported.`);
        scope.open.add(node);
        stack.push({ node, next: 0 });
      };
      visit(name);
      while (stack.length > 0) {
        const top = stack[stack.length - 1];
        if (top.next < top.node.input.length) visit(top.node.input[top.next++], top.node);
        else {
          this.execute(top.node, scope);
          scope.open.delete(top.node);
          scope.done.add(top.node);
          stack.pop();
        }
      }
      visit(name); // an output that its node does not make is refused here
    }
    return names.map((name) => this.lookUp(name, scope)!);
  }

  private lookUp(name: string, scope: Scope): Value | undefined {
    const value = scope.values.get(name);
    if (value !== undefined) return value;
    const initialiser = scope.initialisers.get(name);
    if (initialiser === undefined)
      return scope.producers.has(name) || scope.outer === undefined ? undefined : this.lookUp(name, scope.outer);
    const decoded = this.tensor(initialiser);
    scope.values.set(name, decoded);
    return decoded;
  }

  private tensor(proto: TensorProto) {
    return tensorValue(proto, `${this.what}: the tensor "${proto.name}"`, this.external.get(proto));
  }

  private execute(node: NodeProto, scope: Scope): void {
    if (++this.count > MAX_NODES) throw new UserError(`${this.what} has more than ${MAX_NODES} nodes, functions counted at each call.`);
    const inputs = node.input.map((name) => (name === '' ? undefined : this.lookUp(name, scope)!));
    const attributes = bound(node, scope.attributes);
    let outputs: readonly Value[];
    try {
      outputs = this.apply(node, inputs, attributes, scope);
    } catch (error) {
      if (error instanceof UserError) throw error;
      const message = error instanceof Error ? error.message : String(error);
      throw new UserError(`${this.what}: ${describe(node, scope.opset)}: ${message.replace(/\.$/, '')}.`, { cause: error });
    }
    node.output.forEach((name, i) => {
      // an output that no rule makes is missed only by a node that takes it
      if (name !== '' && outputs[i] !== undefined) scope.values.set(name, outputs[i]);
    });
  }

  private apply(
    node: NodeProto,
    inputs: ReadonlyArray<Value | undefined>,
    attributes: ReadonlyMap<string, AttributeProto>,
    scope: Scope,
  ): readonly Value[] {
    const called = this.functions.get(`${node.domain}:${node.opType}`);
    if (called !== undefined) return this.call(called, inputs, attributes, scope);
    const rule = STANDARD.has(node.domain) ? rules.get(node.opType) : undefined;
    if (node.opType === 'If' && STANDARD.has(node.domain)) return this.branch(inputs[0], attributes, scope);
    if (rule === undefined) throw new RangeError(remedyFor(node.opType, node.domain));
    const result = rule(new OnnxNode(node, scope.opset, inputs, attributes, this.claim.now, (proto) => this.tensor(proto)));
    const constant = inputs.every((v) => v === undefined || isKnown(v) || this.constants.has(v));
    return (Array.isArray(result) ? result : [result as Value]).map((value) => this.settle(value, constant, inputs));
  }

  /** Small results of constants are computed now: shapes, sizes and conditions may depend on them. */
  private settle(value: Value, constant: boolean, inputs: ReadonlyArray<Value | undefined>): Value {
    const size = sizeOf(value.shape);
    if (!(size <= MAX_ELEMENTS))
      throw new RangeError(`its result would have shape ${formatShape(value.shape)}, more than ${MAX_ELEMENTS} elements`);
    if (size === 0 && !isKnown(value)) throw new RangeError(`its result would have shape ${formatShape(value.shape)}, without elements`);
    if (isKnown(value) || !constant || this.constants.has(value)) return value;
    this.claim.later(size);
    const total = inputs.reduce((sum, v) => sum + (v === undefined ? 0 : sizeOf(v.shape)), size);
    if (total <= FOLDED && inputs.every((v) => v === undefined || isKnown(v))) return knownValue(value);
    this.constants.add(value);
    return value;
  }

  /** The one branch that a constant condition takes. */
  private branch(condition: Value | undefined, attributes: ReadonlyMap<string, AttributeProto>, scope: Scope): readonly Value[] {
    if (condition === undefined || !isKnown(condition) || condition.data.length !== 1)
      throw new RangeError(
        "its condition depends on the model's inputs. A branch is supported only where the condition is constant: export the model without data-dependent control flow",
      );
    const graph = attributes.get(Number(condition.data[0]) !== 0 ? 'then_branch' : 'else_branch')?.g;
    if (graph === undefined) throw new RangeError('it lacks a branch');
    const inner = this.scope(graph, new Map(), { opset: scope.opset, attributes: scope.attributes, outer: scope, depth: scope.depth + 1 });
    return this.resolve(
      graph.output.map((o) => o.name),
      inner,
    );
  }

  /** A function of the model, read anew for each call. */
  private call(
    f: FunctionProto,
    inputs: ReadonlyArray<Value | undefined>,
    attributes: ReadonlyMap<string, AttributeProto>,
    scope: Scope,
  ): readonly Value[] {
    const given = new Map<string, Value>();
    f.input.forEach((name, i) => {
      const value = inputs[i];
      if (value !== undefined) given.set(name, value);
    });
    const absent = new Set(f.input.filter((_, i) => inputs[i] === undefined));
    const node = absent.size === 0 ? f.node : f.node.map((n) => ({ ...n, input: n.input.map((name) => (absent.has(name) ? '' : name)) }));
    const own = f.opsetImport.find(({ domain }) => STANDARD.has(domain));
    const defaults = f.attributeProto.map((a): [string, AttributeProto] => [a.name, a]);
    const inner = this.scope({ node, initializer: [] }, given, {
      opset: own === undefined ? scope.opset : Number(own.version),
      attributes: new Map([...defaults, ...attributes]),
      depth: scope.depth + 1,
    });
    return this.resolve(f.output, inner);
  }
}

/** A node's attributes, references to those of the function's call replaced. */
function bound(node: NodeProto, bindings: ReadonlyMap<string, AttributeProto>): Map<string, AttributeProto> {
  const found = new Map<string, AttributeProto>();
  for (const attribute of node.attribute) {
    const source = attribute.refAttrName === '' ? attribute : bindings.get(attribute.refAttrName);
    if (source !== undefined) found.set(attribute.name, source);
  }
  return found;
}

function describe(node: NodeProto, opset: number): string {
  const name = node.name === '' ? `the node that makes "${node.output.find((o) => o !== '') ?? ''}"` : `node "${node.name}"`;
  return `${name} (${STANDARD.has(node.domain) ? '' : `${node.domain}.`}${node.opType}, opset ${opset})`;
}
