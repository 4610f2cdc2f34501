import { RegisterMapError } from './error.ts';
import { childrenOf, derive, itemsOf, nameOf, type SvdElement } from './svd-tree.ts';

const CHILDREN = ['peripheral', 'cluster', 'register', 'field', 'enumeratedValues'];

/** Resolves `derivedFrom`: the name of a sibling, or a path such as `TIMER0.CHANNEL.CTRL` from the peripheral on. */
export class SvdDeriver {
  readonly #device: SvdElement;

  constructor(device: SvdElement) {
    this.#device = device;
  }

  /** `parents`: the elements around it, from the outside in, resolved already. */
  resolve(element: SvdElement, parents: readonly SvdElement[], seen: readonly SvdElement[] = []): SvdElement {
    const { derivedFrom } = element;
    if (derivedFrom === undefined) return element;
    if (seen.includes(element)) throw new RegisterMapError([`${element.place}: ${derivedFrom} is derived from itself`]);
    const found = this.#find(derivedFrom, element, parents);
    if (!found)
      throw new RegisterMapError([`${element.place}: derivedFrom="${derivedFrom}": there is no such ${element.tag}`]);
    return derive(element, this.resolve(found.element, found.parents, [...seen, element]));
  }

  #find(name: string, element: SvdElement, parents: readonly SvdElement[]) {
    const path = name.split('.');
    // From the closest surrounding element outwards: siblings first, then paths from the peripherals on.
    for (let depth = parents.length; depth > 0; depth--) {
      const around = parents.slice(0, depth);
      const found = this.#walk(path, around, element) ?? namedValues(name, around, element);
      if (found) return found;
    }
    return this.#walk(path, [this.#device], element);
  }

  #walk(path: readonly string[], parents: readonly SvdElement[], self: SvdElement) {
    let around = [...parents];
    for (const [depth, name] of path.entries()) {
      const candidates = namedChildren(around.at(-1) as SvdElement);
      const last = depth === path.length - 1;
      const next = candidates.find(
        (candidate) => candidate !== self && matches(candidate, name) && (!last || candidate.tag === self.tag),
      );
      if (!next) return undefined;
      if (last) return { element: next, parents: around };
      around = [...around, this.resolve(next, around)];
    }
    return undefined;
  }
}

/** Lists of values are found by their name alone in the fields nearby. */
function namedValues(name: string, parents: readonly SvdElement[], self: SvdElement) {
  if (self.tag !== 'enumeratedValues') return undefined;
  const find = (element: SvdElement): SvdElement | undefined => {
    if (element !== self && element.tag === self.tag && matches(element, name)) return element;
    for (const child of element.children) {
      const found = find(child);
      if (found) return found;
    }
    return undefined;
  };
  const element = find(parents.at(-1) as SvdElement);
  return element && { element, parents };
}

function namedChildren(element: SvdElement): SvdElement[] {
  const lists = ['peripherals', 'registers', 'fields'].flatMap((list) => itemsOf(element, list, ...CHILDREN));
  return [...lists, ...childrenOf(element, 'cluster', 'register', 'enumeratedValues')];
}

function matches(element: SvdElement, name: string): boolean {
  if (element.tag === 'enumeratedValues' && !element.children.some(({ tag }) => tag === 'name')) return false;
  return nameOf(element) === name || nameOf(element).replace(/\[?%s\]?/, '') === name;
}
