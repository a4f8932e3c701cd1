/** Finds the subscriptions a subject matches, by its tokens: `*` is one token, `>` at the end one or more. */

interface Node<T> {
  readonly children: Map<string, Node<T>>;
  readonly here: Set<T>;
}

const node = <T>(): Node<T> => ({ children: new Map(), here: new Set() });

export class SubjectTree<T> {
  readonly #root = node<T>();

  add(pattern: string, value: T): void {
    let at = this.#root;
    for (const token of pattern.split('.')) {
      let next = at.children.get(token);
      if (!next) {
        next = node();
        at.children.set(token, next);
      }
      at = next;
    }
    at.here.add(value);
  }

  remove(pattern: string, value: T): void {
    this.#remove(this.#root, pattern.split('.'), 0, value);
  }

  #remove(at: Node<T>, tokens: readonly string[], index: number, value: T): void {
    const token = tokens[index];
    if (token === undefined) {
      at.here.delete(value);
      return;
    }
    const next = at.children.get(token);
    if (!next) return;
    this.#remove(next, tokens, index + 1, value);
    if (next.here.size === 0 && next.children.size === 0) at.children.delete(token);
  }

  match(subject: string): T[] {
    const found: T[] = [];
    this.#match(this.#root, subject.split('.'), 0, found);
    return found;
  }

  #match(at: Node<T>, tokens: readonly string[], index: number, found: T[]): void {
    const token = tokens[index];
    if (token === undefined) {
      found.push(...at.here);
      return;
    }
    const exact = at.children.get(token);
    if (exact) this.#match(exact, tokens, index + 1, found);
    const any = at.children.get('*');
    if (any) this.#match(any, tokens, index + 1, found);
    const rest = at.children.get('>');
    if (rest) found.push(...rest.here);
  }
}
