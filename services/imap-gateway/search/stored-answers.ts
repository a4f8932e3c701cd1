import type { Uid } from '../../../shared/mailbox/types.ts';
import { formatUidSet, parseUidSet } from '../../../shared/mailbox/uid-set.ts';
import type { IndexState, SearchedMailbox, SearchIndex } from '../../../shared/search/search-index.ts';
import type { MessageView } from '../message-view.ts';
import type { Criterion, StoredCriterion } from './criterion.ts';
import { type Answers, FALSE, TRUE } from './evaluate.ts';

/** With so few messages left open the index would read more than their texts are. */
const FEW = 256;

/** Criteria that the store decides, the cheapest first. */
export function storedCriteria(criterion: Criterion): StoredCriterion[] {
  const found: StoredCriterion[] = [];
  const walk = (one: Criterion): void => {
    switch (one.test) {
      case 'and':
      case 'or':
        for (const each of one.of) walk(each);
        break;
      case 'not':
        walk(one.of);
        break;
      case 'facts':
      case 'id':
      case 'sent':
      case 'header':
      case 'text':
      case 'body':
        found.push(one);
    }
  };
  walk(criterion);
  return found.sort((a, b) => COST[a.test] - COST[b.test]);
}

const COST = { id: 0, facts: 1, sent: 2, header: 3, body: 4, text: 5 } as const;

/** Asks the store about one criterion after the other, and says for which messages of the view it holds. */
export class StoredAnswers {
  readonly answers = new Map<StoredCriterion, Uint8Array>();
  readonly #index: SearchIndex;
  readonly #mailbox: SearchedMailbox;
  readonly #view: MessageView;
  #state: IndexState | undefined;

  constructor(index: SearchIndex, mailbox: SearchedMailbox, view: MessageView) {
    this.#index = index;
    this.#mailbox = mailbox;
    this.#view = view;
  }

  /** @param open positions not decided yet. */
  async ask(criterion: StoredCriterion, open: readonly number[]): Promise<Answers> {
    const { uids, undecided } = await this.#find(criterion, open);
    if (uids !== undefined) this.answers.set(criterion, this.#column(uids, undecided));
    return this.answers;
  }

  async #find(
    criterion: StoredCriterion,
    open: readonly number[],
  ): Promise<{ uids: readonly Uid[] | undefined; undecided?: ReadonlySet<Uid> }> {
    if (criterion.test === 'facts') return { uids: await this.#index.facts(this.#mailbox, criterion.query) };
    if (criterion.test === 'id') {
      if (criterion.id === '') return { uids: [] };
      return { uids: await this.#index.byId(this.#mailbox, criterion.kind, criterion.id) };
    }
    this.#state ??= await this.#index.state(this.#mailbox);
    const { undecided } = this.#state;
    if (criterion.test === 'sent')
      return { uids: await this.#index.sent(this.#mailbox, criterion.relation, criterion.day), undecided };
    const query =
      criterion.test === 'header'
        ? ({ in: 'header', field: criterion.field, needle: criterion.needle } as const)
        : { in: criterion.test, needle: criterion.needle };
    const uids = await this.#index.text(this.#mailbox, this.#state, query, this.#few(open));
    return { uids, undecided };
  }

  #few(open: readonly number[]): { first: Uid; last: Uid; multirange: string } | undefined {
    if (open.length > FEW || open.length === 0) return undefined;
    const uids = open.map((position) => this.#view.uids[position]!);
    const { low, high } = parseUidSet(formatUidSet(uids))!;
    const multirange = `{${low.map((from, index) => `[${from},${high[index]}]`).join(',')}}`;
    return { first: uids[0]!, last: uids.at(-1)!, multirange };
  }

  #column(uids: readonly Uid[], undecided: ReadonlySet<Uid> | undefined): Uint8Array {
    const view = this.#view;
    const column = new Uint8Array(view.count).fill(FALSE);
    for (const uid of undecided ?? []) {
      const at = view.indexOf(uid);
      if (at >= 0) column[at] = 0;
    }
    for (const uid of uids) {
      const at = view.indexOf(uid);
      if (at >= 0) column[at] = TRUE;
    }
    return column;
  }
}
