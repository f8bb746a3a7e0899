/**
 * Mutation operators: small faults of the kinds that break ledgers, each at one place of one file.
 *
 *     drop-await        await f()               → f()
 *     drop-call         await f();              → (nothing)          dropped sync, dropped write, dropped notice
 *     swap              a(); b();               → b(); a();          checkpoint before tiles, cursor before effect
 *     boundary          <  <=  >  >=            → its neighbour
 *     off-by-one        x + 1, x - 1            → x
 *     drop-guard        if (c) throw/return …   → if (false) …
 *     negate            ===  !==                → the other
 *
 * Comments, types, imports and messages are left alone. A mutant may be equivalent to what it was made from: that is for
 * a reader to say (survivors.json), not for this file.
 */
import { parseAst } from 'rolldown/parseAst';

export const OPERATORS = ['drop-await', 'drop-call', 'swap', 'boundary', 'off-by-one', 'drop-guard', 'negate'] as const;
export type Operator = (typeof OPERATORS)[number];

export interface Mutant {
  /** `file:line operator "text"`: the same as long as the line reads the same. */
  readonly id: string;
  readonly file: string;
  /** 1-based. */
  readonly line: number;
  readonly operator: Operator;
  readonly source: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [key: string]: unknown;
}

interface Edit {
  readonly operator: Operator;
  readonly start: number;
  readonly end: number;
  readonly text: string;
}

/** All mutants of one TypeScript source; `file` only names them. */
export function mutantsOf(file: string, source: string): Mutant[] {
  const edits: Edit[] = [];
  visit(parseAst(source, { lang: 'ts' }) as unknown as Node, (node) => edits.push(...editsOf(node, source)));
  const seen = new Map<string, number>();
  return edits.map(({ operator, start, end, text }) => {
    const line = source.slice(0, start).split('\n').length;
    const name = `${file} ${operator} "${source.slice(start, end).replace(/\s+/g, ' ').slice(0, 100)}"`;
    const count = (seen.get(name) ?? 0) + 1;
    seen.set(name, count);
    const id = count === 1 ? name : `${name} #${count}`;
    return { id, file, line, operator, source: source.slice(0, start) + text + source.slice(end) };
  });
}

function visit(node: Node, found: (node: Node) => void): void {
  found(node);
  for (const value of Object.values(node)) {
    if (Array.isArray(value)) for (const each of value) if (isNode(each)) visit(each, found);
    if (isNode(value)) visit(value, found);
  }
}

function isNode(value: unknown): value is Node {
  return typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string';
}

function editsOf(node: Node, source: string): Edit[] {
  const text = ({ start, end }: Node): string => source.slice(start, end);
  const replace = (operator: Operator, what: Node, by: string): Edit[] => [
    { operator, start: what.start, end: what.end, text: by },
  ];
  switch (node.type) {
    case 'AwaitExpression':
      return replace('drop-await', node, text(node.argument as Node));
    case 'ExpressionStatement':
      return isCall(node.expression as Node) && !isInvariant(node) ? replace('drop-call', node, ';') : [];
    case 'BinaryExpression':
      return binaryEdits(node, text);
    case 'IfStatement':
      return isExit(node.consequent as Node) ? replace('drop-guard', node.test as Node, 'false') : [];
    case 'BlockStatement':
      return swaps(node.body as Node[], text);
    default:
      return [];
  }
}

const BOUNDARY: Readonly<Record<string, string>> = { '<': '<=', '<=': '<', '>': '>=', '>=': '>' };
const NEGATED: Readonly<Record<string, string>> = { '===': '!==', '!==': '===' };

function binaryEdits(node: Node, text: (node: Node) => string): Edit[] {
  const [left, right, operator] = [node.left as Node, node.right as Node, node.operator as string];
  const edit = (kind: Operator, by: string): Edit[] => [{ operator: kind, start: node.start, end: node.end, text: by }];
  const boundary = BOUNDARY[operator];
  if (boundary !== undefined) return edit('boundary', `${text(left)} ${boundary} ${text(right)}`);
  const negated = NEGATED[operator];
  if (negated !== undefined) return edit('negate', `${text(left)} ${negated} ${text(right)}`);
  const byOne = (operator === '+' || operator === '-') && right.type === 'Literal' && right.value === 1;
  return byOne ? edit('off-by-one', `(${text(left)})`) : [];
}

function isCall(node: Node): boolean {
  if (node.type === 'AwaitExpression') return isCall(node.argument as Node);
  return node.type === 'CallExpression' || (node.type === 'ChainExpression' && isCall(node.expression as Node));
}

/** An invariant says what can't be otherwise: without it the same happens. */
function isInvariant(statement: Node): boolean {
  const call = statement.expression as Node;
  return call.type === 'CallExpression' && (call.callee as Node).name === 'invariant';
}

function isExit(node: Node): boolean {
  if (node.type === 'BlockStatement') {
    const body = node.body as Node[];
    return body.length > 0 && isExit(body.at(-1)!);
  }
  return ['ThrowStatement', 'ReturnStatement', 'ContinueStatement', 'BreakStatement'].includes(node.type);
}

/** Neighbours of which both act, calls or assignments, and one is a call: two plain assignments have no order. */
function swaps(body: readonly Node[], text: (node: Node) => string): Edit[] {
  const edits: Edit[] = [];
  for (let i = 0; i + 1 < body.length; i += 1) {
    const [first, second] = [body[i]!, body[i + 1]!];
    if (!acts(first) || !acts(second)) continue;
    if (!isCall(first.expression as Node) && !isCall(second.expression as Node)) continue;
    edits.push({ operator: 'swap', start: first.start, end: second.end, text: `${text(second)}\n${text(first)}` });
  }
  return edits;
}

function acts(node: Node): boolean {
  if (node.type !== 'ExpressionStatement') return false;
  const expression = node.expression as Node;
  return isCall(expression) || expression.type === 'AssignmentExpression';
}
