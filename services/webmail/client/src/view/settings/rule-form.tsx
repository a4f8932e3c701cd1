import type { Rule, RuleAction, RuleCondition, RuleField, RuleOperator } from '../../model/filter-rules.ts';
import { pathOf } from '../../model/search-query.ts';
import { mailboxes } from '../../state/mailboxes.ts';
import { mailboxName, t } from '../../text/text.ts';
import { IconButton } from '../button.tsx';

interface RuleFormProps {
  readonly rule: Rule;
  readonly onChange: (rule: Rule | undefined) => void;
  readonly onMoveUp?: () => void;
}

const FIELDS: readonly RuleField[] = ['from', 'to', 'anyone', 'subject', 'list', 'size'];
const ACTIONS: readonly RuleAction['kind'][] = ['move', 'flag', 'read', 'forward', 'discard'];

export function RuleForm({ rule, onChange, onMoveUp }: RuleFormProps) {
  const set = (change: Partial<Rule>): void => onChange({ ...rule, ...change });
  return (
    <fieldset class="panel rule">
      <legend class="visually-hidden">{rule.name || t().newRule}</legend>
      <div class="rule-head">
        <input
          type="text"
          aria-label={t().ruleName}
          placeholder={t().ruleName}
          value={rule.name}
          onInput={(event) => set({ name: event.currentTarget.value })}
        />
        <label class="check">
          <input
            type="checkbox"
            checked={rule.enabled}
            onChange={(event) => set({ enabled: event.currentTarget.checked })}
          />
          {t().ruleOn}
        </label>
        {onMoveUp && <IconButton icon="back" class="up" label={t().moveUp} onClick={onMoveUp} />}
        <IconButton icon="trash" label={t().removeRule} onClick={() => onChange(undefined)} />
      </div>
      <div class="rule-line">
        <span class="muted">{t().ruleMatch}</span>
        <select
          aria-label={t().ruleMatch}
          value={rule.match}
          onChange={(event) => set({ match: event.currentTarget.value as Rule['match'] })}
        >
          <option value="all">{t().matchAll}</option>
          <option value="any">{t().matchAny}</option>
        </select>
      </div>
      {rule.conditions.length === 0 && <p class="muted">{t().anyMessage}</p>}
      {rule.conditions.map((condition, at) => (
        <Condition
          key={at}
          condition={condition}
          onChange={(next) =>
            set({ conditions: next ? rule.conditions.with(at, next) : rule.conditions.toSpliced(at, 1) })
          }
        />
      ))}
      {rule.actions.map((action, at) => (
        <Action
          key={at}
          action={action}
          onChange={(next) =>
            set({ actions: next ? rule.actions.with(at, next) : rule.actions.toSpliced(at, 1) })
          }
        />
      ))}
      <div class="buttons">
        <button
          type="button"
          class="button small"
          onClick={() =>
            set({ conditions: [...rule.conditions, { field: 'subject', operator: 'contains', value: '' }] })
          }
        >
          {t().addCondition}
        </button>
        <button
          type="button"
          class="button small"
          onClick={() => set({ actions: [...rule.actions, { kind: 'flag' }] })}
        >
          {t().addAction}
        </button>
      </div>
      <label class="check">
        <input
          type="checkbox"
          checked={rule.stop}
          onChange={(event) => set({ stop: event.currentTarget.checked })}
        />
        {t().ruleStop}
      </label>
    </fieldset>
  );
}

interface ConditionProps {
  readonly condition: RuleCondition;
  readonly onChange: (condition: RuleCondition | undefined) => void;
}

function Condition({ condition, onChange }: ConditionProps) {
  const operators: readonly RuleOperator[] =
    condition.field === 'size' ? ['over', 'under'] : ['contains', 'is', 'not'];
  return (
    <div class="rule-line">
      <select
        aria-label={t().ruleField}
        value={condition.field}
        onChange={(event) => {
          const field = event.currentTarget.value as RuleField;
          const operator =
            field === 'size' ? 'over' : condition.field === 'size' ? 'contains' : condition.operator;
          onChange({ ...condition, field, operator });
        }}
      >
        {FIELDS.map((one) => (
          <option key={one} value={one}>
            {t().fields[one]}
          </option>
        ))}
      </select>
      <select
        aria-label={t().ruleOperator}
        value={condition.operator}
        onChange={(event) => onChange({ ...condition, operator: event.currentTarget.value as RuleOperator })}
      >
        {operators.map((one) => (
          <option key={one} value={one}>
            {t().operators[one]}
          </option>
        ))}
      </select>
      <input
        type="text"
        required
        aria-label={t().ruleValue}
        placeholder={condition.field === 'size' ? '5M' : ''}
        value={condition.value}
        onInput={(event) => onChange({ ...condition, value: event.currentTarget.value })}
      />
      <IconButton icon="close" label={t().remove} onClick={() => onChange(undefined)} />
    </div>
  );
}

interface ActionProps {
  readonly action: RuleAction;
  readonly onChange: (action: RuleAction | undefined) => void;
}

function Action({ action, onChange }: ActionProps) {
  const all = mailboxes.value ?? [];
  return (
    <div class="rule-line">
      <select
        aria-label={t().ruleAction}
        value={action.kind}
        onChange={(event) => onChange(emptyAction(event.currentTarget.value as RuleAction['kind']))}
      >
        {ACTIONS.map((one) => (
          <option key={one} value={one}>
            {t().actions[one]}
          </option>
        ))}
      </select>
      {action.kind === 'move' && (
        <select
          aria-label={t().moveTo}
          value={action.mailbox}
          onChange={(event) => onChange({ ...action, mailbox: event.currentTarget.value })}
        >
          {all.map((one) => (
            <option key={one.id} value={pathOf(one, all)}>
              {one.role ? mailboxName(one) : pathOf(one, all)}
            </option>
          ))}
        </select>
      )}
      {action.kind === 'forward' && (
        <>
          <input
            type="email"
            required
            aria-label={t().address}
            value={action.address}
            onInput={(event) => onChange({ ...action, address: event.currentTarget.value })}
          />
          <label class="check">
            <input
              type="checkbox"
              checked={action.keep}
              onChange={(event) => onChange({ ...action, keep: event.currentTarget.checked })}
            />
            {t().keepCopy}
          </label>
        </>
      )}
      <IconButton icon="close" label={t().remove} onClick={() => onChange(undefined)} />
    </div>
  );
}

function emptyAction(kind: RuleAction['kind']): RuleAction {
  if (kind === 'move') return { kind, mailbox: 'Archive' };
  if (kind === 'forward') return { kind, address: '', keep: true };
  return { kind };
}
