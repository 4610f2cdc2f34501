import { DOMParser, type Element as DomElement } from '@xmldom/xmldom';
import { RegisterMapError } from './error.ts';

/** An element of an SVD file. Elements that were derived from others have the children of both. */
export interface SvdElement {
  readonly tag: string;
  /** `file:line:column`. */
  readonly place: string;
  readonly text: string;
  readonly derivedFrom: string | undefined;
  readonly children: readonly SvdElement[];
}

/** Lists whose items are merged by name when their parent is derived. */
const LISTS = new Set(['registers', 'fields']);
/** An array is not derived: that one register is repeated says nothing about another. */
const OWN = new Set(['dim', 'dimIncrement', 'dimIndex', 'dimName']);
/** Where a field is can be said in three ways: one of them replaces another. */
const POSITION = ['bitRange', 'lsb', 'msb', 'bitOffset'];

export function parseSvdTree(text: string, file: string): SvdElement {
  const problems: string[] = [];
  const onError = (
    level: string,
    message: string,
    context: { locator?: { lineNumber?: number; columnNumber?: number } },
  ) => {
    const { lineNumber = 1, columnNumber = 1 } = context.locator ?? {};
    if (level !== 'warning') problems.push(`${file}:${lineNumber}:${columnNumber}: ${message.split('\n')[0]}`);
  };
  let root: DomElement | null | undefined;
  try {
    root = new DOMParser({ onError }).parseFromString(text.replace(/^\uFEFF/, ''), 'text/xml').documentElement;
  } catch (error) {
    if (problems.length === 0) problems.push(`${file}:1:1: ${(error as Error).message}`);
  }
  if (problems.length > 0) throw new RegisterMapError(problems);
  if (root?.tagName !== 'device') {
    throw new RegisterMapError([
      `${file}:1:1: the outermost element of CMSIS-SVD is <device>, and this is <${root?.tagName}>`,
    ]);
  }
  return elementOf(root, file);
}

function elementOf(node: DomElement, file: string): SvdElement {
  const children = Array.from(node.childNodes)
    .filter((child) => child.nodeType === child.ELEMENT_NODE)
    .map((child) => elementOf(child as DomElement, file));
  return {
    tag: node.tagName,
    place: `${file}:${node.lineNumber ?? 1}:${node.columnNumber ?? 1}`,
    text: children.length === 0 ? (node.textContent ?? '').replace(/\s+/g, ' ').trim() : '',
    derivedFrom: node.getAttribute('derivedFrom') ?? undefined,
    children,
  };
}

/** The text of a child; none if it is not there or empty. */
export function textOf(element: SvdElement, tag: string): string | undefined {
  return element.children.find((child) => child.tag === tag)?.text || undefined;
}

export function childrenOf(element: SvdElement, ...tags: string[]): SvdElement[] {
  return element.children.filter(({ tag }) => tags.includes(tag));
}

/** The items of a list, which may not be there. */
export function itemsOf(element: SvdElement, list: string, ...tags: string[]): SvdElement[] {
  return childrenOf(element, list).flatMap((found) => childrenOf(found, ...tags));
}

export function nameOf(element: SvdElement): string {
  const name = textOf(element, 'name');
  if (name !== undefined) return name;
  throw new RegisterMapError([`${element.place}: this <${element.tag}> has no <name>`]);
}

/** `element` with what it does not say itself taken from `base`. */
export function derive(element: SvdElement, base: SvdElement): SvdElement {
  const own = new Map(element.children.map((child) => [child.tag, child]));
  const dropped = new Set([...OWN, ...(POSITION.some((tag) => own.has(tag)) ? POSITION : [])]);
  const inherited = base.children.filter(({ tag }) => !dropped.has(tag) && (!own.has(tag) || LISTS.has(tag)));
  const merged = inherited.map((child) => {
    const added = own.get(child.tag);
    return added ? mergeLists(child, added) : child;
  });
  const tags = new Set(merged.map(({ tag }) => tag));
  const rest = element.children.filter(({ tag }) => !(LISTS.has(tag) && tags.has(tag)));
  return { ...element, derivedFrom: undefined, children: [...rest, ...merged] };
}

function mergeLists(base: SvdElement, own: SvdElement): SvdElement {
  const names = new Set(own.children.map(nameOf));
  return { ...own, children: [...base.children.filter((item) => !names.has(nameOf(item))), ...own.children] };
}
