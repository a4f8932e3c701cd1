import { useSignal } from '@preact/signals';
import { Failure, SIEVE } from '../../jmap/connection.ts';
import type { GetResponse, Id, SetResponse, SieveScript } from '../../jmap/types.ts';
import { fromSieve, type Rule, toSieve } from '../../model/filter-rules.ts';
import { server } from '../../state/session.ts';
import { toast, toastFailure } from '../../state/toasts.ts';
import { t } from '../../text/text.ts';
import { useLoaded, Waiting } from './loaded.tsx';
import { RuleForm } from './rule-form.tsx';

/** The script that the form writes. */
const NAME = 'webmail';

interface State {
  readonly own: { readonly id: Id; readonly rules: readonly Rule[] } | undefined;
  /** Someone wrote another script, and it is the one that is run. */
  readonly foreign: boolean;
}

const EMPTY: Rule = {
  name: '',
  enabled: true,
  match: 'all',
  conditions: [{ field: 'from', operator: 'contains', value: '' }],
  actions: [{ kind: 'move', mailbox: 'Archive' }],
  stop: true,
};

export function Filters() {
  const loaded = useLoaded(SIEVE, load);
  return (
    <>
      <p class="muted">{t().filtersHint}</p>
      <Waiting of={loaded}>
        {(state) => <Rules key={state.own?.id ?? 'none'} state={state} onSaved={loaded.reload} />}
      </Waiting>
    </>
  );
}

function Rules({ state, onSaved }: { readonly state: State; readonly onSaved: () => Promise<void> }) {
  const rules = useSignal<readonly Rule[]>(state.own?.rules ?? []);
  const busy = useSignal(false);
  const change = (at: number, rule: Rule | undefined): void => {
    rules.value = rule ? rules.value.with(at, rule) : rules.value.toSpliced(at, 1);
  };
  const save = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    busy.value = true;
    try {
      await store(state.own?.id, rules.value);
      toast(t().saved);
      await onSaved();
    } catch (error) {
      toastFailure(error);
    } finally {
      busy.value = false;
    }
  };
  return (
    <>
      {state.foreign && <p class="notice">{t().ownScript}</p>}
      <form class="rules" onSubmit={save}>
        {rules.value.map((rule, at) => (
          <RuleForm
            key={at}
            rule={rule}
            onChange={(next) => change(at, next)}
            {...(at > 0
              ? {
                  onMoveUp: () => {
                    const next = rules.value.toSpliced(at, 1);
                    rules.value = next.toSpliced(at - 1, 0, rule);
                  },
                }
              : {})}
          />
        ))}
        <div class="buttons">
          <button
            type="button"
            class="button"
            onClick={() => {
              rules.value = [...rules.value, EMPTY];
            }}
          >
            {t().newRule}
          </button>
          <button type="submit" class="button primary" disabled={busy.value}>
            {t().save}
          </button>
        </div>
      </form>
      <details>
        <summary class="muted">{t().editScript}</summary>
        <pre class="script" tabIndex={0}>
          {toSieve(rules.value).split('\n').slice(1).join('\n')}
        </pre>
      </details>
    </>
  );
}

async function load(): Promise<State> {
  const { list } = await server().call<GetResponse<SieveScript>>('SieveScript/get', { ids: null });
  const mine = list.find(({ name }) => name === NAME);
  const active = list.find(({ isActive }) => isActive);
  const rules = mine && fromSieve(await (await server().download(mine.blobId, 'application/sieve')).text());
  return {
    own: mine && { id: mine.id, rules: rules ?? [] },
    foreign: (active !== undefined && active.id !== mine?.id) || (mine !== undefined && rules === undefined),
  };
}

async function store(id: Id | undefined, rules: readonly Rule[]): Promise<void> {
  const script = new Blob([toSieve(rules)], { type: 'application/sieve' });
  const { blobId } = await server().upload(script, () => undefined, AbortSignal.timeout(30_000));
  const answer = await server().call<SetResponse>('SieveScript/set', {
    ...(id ? { update: { [id]: { blobId } } } : { create: { new: { name: NAME, blobId } } }),
    onSuccessActivateScript: id ?? '#new',
  });
  const [error] = [...Object.values(answer.notCreated ?? {}), ...Object.values(answer.notUpdated ?? {})];
  if (error) throw new Failure('refused', error.type, error.description ?? '');
}
