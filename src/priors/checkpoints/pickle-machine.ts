import { printable } from '../../io/printable.js';
import { PickleBytes } from './pickle-bytes.js';
import { Inert, type PickleValue } from './pickle-values.js';

/** What the pickle may ask for. Nothing else happens, whatever it says. */
export interface PickleHost {
  /** Whether a class or function is among those that {@link call} stands in for. Others become {@link Inert}. */
  knows(name: string): boolean;
  /** What one of these gives. @throws by `broken` when the arguments do not fit */
  call(name: string, args: readonly PickleValue[], broken: (what: string) => never): PickleValue;
  /** What an identifier of something outside the pickle stands for. */
  persistent(id: PickleValue, broken: (what: string) => never): PickleValue;
}

/** The largest checkpoints need some hundred thousand. With these a pickle fills a few hundred MB at most. */
const MAX_OPERATIONS = 2 ** 22;
const MAX_TABLES = 2 ** 19;
/** More are not told apart for the user. */
const MAX_UNKNOWN = 1000;

/** The state of a pickle that is being read: a stack, marks on it, and a memo of values that come again. */
export class PickleMachine extends PickleBytes {
  readonly #stack: PickleValue[] = [];
  readonly #marks: number[] = [];
  readonly #memo = new Map<number, PickleValue>();
  #operations = 0;
  #tables = 0;
  /** Names of the file that are not known, in order. */
  readonly unknown = new Set<string>();

  constructor(
    bytes: Uint8Array,
    at: number,
    file: string,
    readonly host: PickleHost,
  ) {
    super(bytes, at, file);
  }

  /** Count steps. */
  step(count = 1): void {
    this.#operations += count;
    if (this.#operations > MAX_OPERATIONS) this.broken('it has more operations than any checkpoint needs');
  }

  push(value: PickleValue): void {
    this.#stack.push(value);
  }

  pop(): PickleValue {
    this.top();
    return this.#stack.pop()!;
  }

  top(): PickleValue {
    if (this.#stack.length <= (this.#marks.at(-1) ?? 0)) this.broken('it takes a value where there is none');
    return this.#stack.at(-1)!;
  }

  mark(): void {
    this.#marks.push(this.#stack.length);
  }

  /** All since the last mark, and the mark. */
  popMark(): PickleValue[] {
    const mark = this.#marks.pop();
    return mark === undefined ? this.broken('it goes back to a mark that is not there') : this.#stack.splice(mark);
  }

  /** Drop a value, or a mark where that is on top. */
  drop(): void {
    if (this.#marks.length > 0 && this.#marks.at(-1) === this.#stack.length) this.#marks.pop();
    else this.pop();
  }

  /** The last `count` values, in order. */
  popSome(count: number): PickleValue[] {
    const values = Array.from({ length: count }, () => this.pop());
    return values.reverse();
  }

  memoize(index = this.#memo.size): void {
    this.#memo.set(index, this.top());
  }

  recall(index: number): void {
    const value = this.#memo.get(index);
    if (value === undefined) this.broken('it recalls a value that it has not kept');
    else this.push(value);
  }

  /** A new table or set, counted: an empty one takes far more room than the byte that asks for it. */
  table<T extends Map<PickleValue, PickleValue> | Set<PickleValue>>(fresh: T): T {
    if (++this.#tables > MAX_TABLES) this.broken('it has more tables than any checkpoint needs');
    return fresh;
  }

  /** Push a class or function by its name. */
  global(module: PickleValue, name: PickleValue): void {
    if (typeof module !== 'string' || typeof name !== 'string') this.broken('a class has no name');
    // Python 2 called the module otherwise, and so does every pickle of protocol 2.
    else this.inert(`${module === '__builtin__' ? 'builtins' : module}.${name}`);
  }

  inert(name: string): void {
    if (!this.host.knows(name) && this.unknown.size < MAX_UNKNOWN) this.unknown.add(printable(name));
    this.push(new Inert(name));
  }

  /** Call a known function; what any other would give, and any class of which an object is made, stays a name. */
  call(callable: PickleValue, args: PickleValue): void {
    if (!(callable instanceof Inert) || !Array.isArray(args)) this.broken('it calls what is no function');
    else this.push(this.host.knows(callable.name) ? this.#known(callable.name, args) : callable);
  }

  #known(name: string, args: readonly PickleValue[]): PickleValue {
    // A long list can be given again and again, and be copied each time.
    for (const arg of args) if (Array.isArray(arg)) this.step(arg.length);
    const value = this.host.call(name, args, (what) => this.broken(what));
    return value instanceof Map || value instanceof Set ? this.table(value) : value;
  }

  persistent(id: PickleValue): void {
    this.push(this.host.persistent(id, (what) => this.broken(what)));
  }
}
