import { useSignal } from '@preact/signals';
import type { ComponentType } from 'preact';
import { useEffect } from 'preact/hooks';
import { failureText } from '../state/toasts.ts';
import { t } from '../text/text.ts';

/** A view whose code is fetched when it is first shown. */
export function lazy<Props extends object>(load: () => Promise<{ readonly default: ComponentType<Props> }>) {
  let loaded: ComponentType<Props> | undefined;
  return function Lazy(props: Props) {
    const view = useSignal<{ readonly of: ComponentType<Props> } | undefined>(loaded && { of: loaded });
    const problem = useSignal('');
    useEffect(() => {
      if (view.value) return;
      load()
        .then((module) => {
          loaded = module.default;
          view.value = { of: module.default };
        })
        .catch((error: unknown) => {
          problem.value = failureText(error);
        });
    }, []);
    const View = view.value?.of;
    return View ? <View {...props} /> : <p class="muted lazy">{problem.value || t().loading}</p>;
  };
}
