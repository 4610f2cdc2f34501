/** How a term compares. `any`: any of the bits of the value is set. */
export type Comparison = '=' | '!=' | '<' | '<=' | '>' | '>=' | 'any';

/** A value of a term, as typed: a word, or a number or range of numbers. */
export interface TermValue {
  readonly text: string;
  /** Of a number or range; `low` and `high` are the same for a number. */
  readonly range?: { readonly low: bigint; readonly high: bigint };
}

/** `register=CSTS,CC` compares one property of a packet with one or more values. */
export interface Term {
  readonly kind: 'term';
  readonly name: string;
  readonly comparison: Comparison;
  readonly values: readonly TermValue[];
}

export type Expression =
  | Term
  | { readonly kind: 'not'; readonly of: Expression }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Expression[] };

/** What a filter is about, and how its terms are written: for messages and help. */
export const FILTER_EXAMPLES: readonly string[] = [
  'bar=0 & offset=0x1000-0x1fff',
  'register=CSTS & value&2',
  '(type=MWr | type=MRd) & direction=up & !type=MSI',
];

/** An expression that cannot be understood; the message says where and why. */
export class FilterError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'FilterError';
  }
}

const TOKENS = /\s*(?:(&&|\|\||[&|!()])|([A-Za-z_][\w.]*))/y;
const OPERATOR = /\s*(!=|<=|>=|==|=|<|>|&)/y;
/** Quoted, or everything up to what cannot be part of a value. */
const VALUE = /\s*(?:"([^"]*)"|'([^']*)'|([^\s,&|()!=<>"']+))/y;
const NUMBER = /^(0x[0-9a-f]+|0b[01]+|\d+)(?:-(0x[0-9a-f]+|0b[01]+|\d+))?$/i;
const MAX_DEPTH = 100;

/**
 * Parses `TERM`, `!X`, `X & Y`, `X | Y` and parentheses; `&` binds more tightly than `|`. A term is a name, a comparison
 * (`= != < <= > >=`, or `&` for "any of these bits") and values separated by commas. Throws a FilterError.
 */
export function parseFilter(text: string): Expression {
  const parser = new Parser(text);
  return parser.whole();
}

class Parser {
  readonly #text: string;
  #at = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  whole(): Expression {
    const expression = this.#or();
    if (this.#peek() !== undefined) throw this.#error('this does not belong to the expression');
    return expression;
  }

  #or(): Expression {
    if (++this.#depth > MAX_DEPTH) throw this.#error('the expression is nested too deeply');
    const parts = [this.#and()];
    while (this.#accept('|', '||')) parts.push(this.#and());
    this.#depth--;
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'or', of: parts };
  }

  #and(): Expression {
    const parts = [this.#unary()];
    while (this.#accept('&', '&&')) parts.push(this.#unary());
    return parts.length === 1 ? (parts[0] as Expression) : { kind: 'and', of: parts };
  }

  #unary(): Expression {
    let negated = false;
    while (this.#accept('!')) negated = !negated;
    const inner = this.#accept('(') ? this.#inParentheses() : this.#term();
    return negated ? { kind: 'not', of: inner } : inner;
  }

  #inParentheses(): Expression {
    const inner = this.#or();
    if (!this.#accept(')')) throw this.#error('a closing parenthesis is missing');
    return inner;
  }

  #term(): Term {
    const name = this.#match(/\s*([A-Za-z_]\w*)/y)?.[1];
    if (name === undefined) throw this.#error('a name is expected, such as register or offset');
    const operator = this.#match(OPERATOR)?.[1];
    if (operator === undefined) throw this.#error(`a comparison is expected after ${name}, such as ${name}=1`);
    const comparison = operator === '&' ? 'any' : operator === '==' ? '=' : (operator as Comparison);
    const values = [this.#value(name)];
    while (this.#match(/\s*,/y)) values.push(this.#value(name));
    return { kind: 'term', name, comparison, values };
  }

  #value(name: string): TermValue {
    const match = this.#match(VALUE);
    if (match === undefined) throw this.#error(`a value is expected for ${name}`);
    const [, double, single, plain] = match;
    const text = double ?? single ?? (plain as string);
    const range = plain === undefined ? null : NUMBER.exec(plain);
    if (range === null) return { text };
    const low = BigInt(range[1] as string);
    const high = range[2] === undefined ? low : BigInt(range[2]);
    if (high < low) throw this.#error(`${text}: the range ends before it begins`);
    return { text, range: { low, high } };
  }

  #peek(): string | undefined {
    TOKENS.lastIndex = this.#at;
    const match = TOKENS.exec(this.#text);
    if (match !== null) return match[1] ?? match[2];
    return this.#text.slice(this.#at).trim() === '' ? undefined : this.#text.slice(this.#at);
  }

  #accept(...tokens: string[]): boolean {
    const token = this.#peek();
    if (token === undefined || !tokens.includes(token)) return false;
    this.#at = TOKENS.lastIndex;
    return true;
  }

  #match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match === null) return undefined;
    this.#at = pattern.lastIndex;
    return match;
  }

  #error(problem: string): FilterError {
    const rest = this.#text.slice(this.#at).trim();
    return new FilterError(`${problem}${rest === '' ? ', at the end' : `, at "${rest}"`}`);
  }
}
