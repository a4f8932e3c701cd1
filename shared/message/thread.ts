/** The threading algorithms of RFC 5256 §3 and of draft-ietf-morg-inthread (REFS), over messages by their place in a list. */

export interface ThreadedMessage {
  /** Null: none, or none that is valid. */
  readonly messageId: string | null;
  /** Of References, else of In-Reply-To, oldest first. */
  readonly references: readonly string[];
  /** Base subject, folded. */
  readonly subject: string;
  readonly isReply: boolean;
  /** Sent date, else INTERNALDATE. */
  readonly date: number;
}

/** `message`: its place in the list; null: a message that is not there, above several that are. */
export interface Thread {
  readonly message: number | null;
  readonly children: Thread[];
}

/** A longer chain of references is looked through no further for loops: it is not made longer. */
const MAX_CHAIN = 5_000;

/** ORDEREDSUBJECT: by subject, the earliest message above all others. */
export function threadOrderedSubject(messages: readonly ThreadedMessage[]): Thread[] {
  const order = byDate(messages);
  const threads = new Map<string, Thread>();
  for (const message of order) {
    const { subject } = messages[message]!;
    const thread = threads.get(subject);
    if (thread === undefined) threads.set(subject, { message, children: [] });
    else thread.children.push({ message, children: [] });
  }
  return [...threads.values()];
}

export function threadReferences(messages: readonly ThreadedMessage[]): Thread[] {
  const roots = gatherSubjects(linkedRoots(messages), messages);
  return sortThreads(roots, messages, false);
}

/** As REFERENCES, without its look at subjects; the threads by their latest message. */
export function threadRefs(messages: readonly ThreadedMessage[]): Thread[] {
  return sortThreads(linkedRoots(messages), messages, true);
}

function byDate(messages: readonly ThreadedMessage[]): number[] {
  return messages.map((_, at) => at).sort((a, b) => messages[a]!.date - messages[b]!.date || a - b);
}

/** Containers: first those of the messages, then those that are only referred to. */
class Containers {
  readonly parents: number[];
  readonly #hasChildren: boolean[];

  constructor(count: number) {
    this.parents = new Array<number>(count).fill(-1);
    this.#hasChildren = new Array<boolean>(count).fill(false);
  }

  add(): number {
    this.#hasChildren.push(false);
    return this.parents.push(-1) - 1;
  }

  link(parent: number, child: number): void {
    if (parent === child) return;
    if (this.#hasChildren[child] && this.#isBelow(parent, child)) return;
    this.parents[child] = parent;
    this.#hasChildren[parent] = true;
  }

  /** Or so deep that it might be. */
  #isBelow(container: number, above: number): boolean {
    let steps = 0;
    for (let at = container; at >= 0; at = this.parents[at]!) {
      if (at === above || ++steps > MAX_CHAIN) return true;
    }
    return false;
  }
}

/** Steps 1 to 3: linked by references, without containers that are empty and not needed. */
function linkedRoots(messages: readonly ThreadedMessage[]): Thread[] {
  const containers = new Containers(messages.length);
  const byId = new Map<string, number>();
  messages.forEach(({ messageId }, at) => {
    // Of several with one id, the first has it.
    if (messageId !== null && !byId.has(messageId)) byId.set(messageId, at);
  });
  const containerOf = (id: string): number => {
    let container = byId.get(id);
    if (container === undefined) {
      container = containers.add();
      byId.set(id, container);
    }
    return container;
  };
  messages.forEach(({ references }, at) => {
    let last = -1;
    for (const id of references) {
      const container = containerOf(id);
      if (last >= 0 && containers.parents[container]! < 0) containers.link(last, container);
      last = container;
    }
    if (last < 0) return;
    const before = containers.parents[at]!;
    containers.parents[at] = -1;
    containers.link(last, at);
    if (containers.parents[at]! < 0) containers.parents[at] = before;
  });
  return prune(messages.length, containers.parents);
}

/** Step 3. An empty container's children take its place, but at the root only where it has one. */
function prune(count: number, parents: readonly number[]): Thread[] {
  const nodes = Array.from({ length: count }, (_, message): Thread => ({ message, children: [] }));
  const roots = new Map<number, Thread>();
  /** Of an empty container: the message above it, or the highest empty one. */
  const tops = new Map<number, number>();
  for (const [at, node] of nodes.entries()) {
    const parent = parents[at]!;
    if (parent < 0) roots.set(at, node);
    else {
      const above = parent < count ? parent : topOf(parent, count, parents, tops);
      if (above < count) nodes[above]!.children.push(node);
      else {
        let root = roots.get(above);
        if (root === undefined) {
          root = { message: null, children: [] };
          roots.set(above, root);
        }
        root.children.push(node);
      }
    }
  }
  return [...roots.values()].map((root) =>
    root.message === null && root.children.length === 1 ? root.children[0]! : root,
  );
}

function topOf(
  container: number,
  count: number,
  parents: readonly number[],
  tops: Map<number, number>,
): number {
  const passed: number[] = [];
  let at = container;
  let top: number;
  for (;;) {
    const known = tops.get(at);
    if (known !== undefined) {
      top = known;
      break;
    }
    passed.push(at);
    const parent = parents[at]!;
    if (parent < 0) {
      top = at;
      break;
    }
    if (parent < count) {
      top = parent;
      break;
    }
    at = parent;
  }
  for (const each of passed) tops.set(each, top);
  return top;
}

function firstOf(thread: Thread, messages: readonly ThreadedMessage[]): ThreadedMessage {
  if (thread.message !== null) return messages[thread.message]!;
  let first = thread.children[0]!.message!;
  for (const { message } of thread.children) {
    const date = messages[message!]!.date;
    if (date < messages[first]!.date || (date === messages[first]!.date && message! < first))
      first = message!;
  }
  return messages[first]!;
}

/** Step 5: threads of one base subject become one. */
function gatherSubjects(roots: readonly Thread[], messages: readonly ThreadedMessage[]): Thread[] {
  const table = new Map<string, Thread>();
  const firsts = new Map(roots.map((root) => [root, firstOf(root, messages)]));
  const isReply = (thread: Thread): boolean => thread.message !== null && messages[thread.message]!.isReply;
  const ordered = [...roots].sort(
    (a, b) => firsts.get(a)!.date - firsts.get(b)!.date || (a.message ?? -1) - (b.message ?? -1),
  );
  for (const root of ordered) {
    const { subject } = firsts.get(root)!;
    if (subject === '') continue;
    const there = table.get(subject);
    if (there === undefined) table.set(subject, root);
    else if (there.message !== null && (root.message === null || (isReply(there) && !isReply(root))))
      table.set(subject, root);
  }
  const kept = new Set<Thread>(ordered);
  for (const root of ordered) {
    const { subject } = firsts.get(root)!;
    const there = subject === '' ? root : table.get(subject)!;
    if (there === root) continue;
    kept.delete(root);
    if (root.message === null) there.children.push(...root.children);
    else if (there.message === null || (isReply(root) && !isReply(there))) there.children.push(root);
    else {
      const both: Thread = { message: null, children: [there, root] };
      kept.delete(there);
      kept.add(both);
      table.set(subject, both);
    }
  }
  return [...kept];
}

/** Steps 4 and 6: siblings by date, the earliest first. Without recursion: a thread may be as deep as the mailbox is long. */
function sortThreads(roots: Thread[], messages: readonly ThreadedMessage[], byLatest: boolean): Thread[] {
  const dates = new Map<Thread, number>();
  const order: Thread[] = [];
  const stack = [...roots];
  for (let thread = stack.pop(); thread !== undefined; thread = stack.pop()) {
    order.push(thread);
    for (const child of thread.children) stack.push(child);
  }
  const latest = new Map<Thread, number>();
  const numberOf = (thread: Thread): number => thread.message ?? thread.children[0]!.message ?? 0;
  const compare = (by: ReadonlyMap<Thread, number>) => (a: Thread, b: Thread) =>
    by.get(a)! - by.get(b)! || numberOf(a) - numberOf(b);
  for (const thread of order.reverse()) {
    if (thread.children.length > 1) thread.children.sort(compare(dates));
    const own = thread.message === null ? dates.get(thread.children[0]!)! : messages[thread.message]!.date;
    dates.set(thread, own);
    if (!byLatest) continue;
    latest.set(
      thread,
      thread.children.reduce((most, child) => Math.max(most, latest.get(child)!), own),
    );
  }
  return roots.sort(compare(byLatest ? latest : dates));
}
