import { type Signal, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { useEffect } from 'preact/hooks';
import { connection } from '../../state/session.ts';
import { failureText } from '../../state/toasts.ts';
import { t } from '../../text/text.ts';

export interface Loaded<T> {
  readonly value: Signal<T | undefined>;
  readonly problem: Signal<string>;
  readonly reload: () => Promise<void>;
}

/** What a page of the settings reads from the server when it is opened. */
export function useLoaded<T>(capability: string | undefined, load: () => Promise<T>): Loaded<T> {
  const value = useSignal<T | undefined>(undefined);
  const problem = useSignal('');
  const reload = async (): Promise<void> => {
    try {
      value.value = await load();
    } catch (error) {
      problem.value = failureText(error);
    }
  };
  useEffect(() => {
    if (capability !== undefined && !connection.value?.has(capability)) problem.value = t().notOffered;
    else void reload();
  }, []);
  return { value, problem, reload };
}

export function Waiting<T>({
  of,
  children,
}: {
  readonly of: Loaded<T>;
  readonly children: (value: T) => ComponentChildren;
}) {
  if (of.problem.value) return <p class="muted">{of.problem.value}</p>;
  if (of.value.value === undefined) return <p class="muted">{t().loading}</p>;
  return <>{children(of.value.value)}</>;
}
