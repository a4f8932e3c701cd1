import { signal } from '@preact/signals';

export const helpShown = signal(false);
