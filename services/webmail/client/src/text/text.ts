import { computed, signal } from '@preact/signals';
import type { Mailbox } from '../jmap/types.ts';
import { en, type Texts } from './en.ts';
import { es } from './es.ts';

export type Locale = 'en' | 'es';
export const LOCALES: readonly Locale[] = ['en', 'es'];

export const locale = signal<Locale>(
  navigator.languages
    .map((one) => one.slice(0, 2))
    .find((one): one is Locale => LOCALES.includes(one as Locale)) ?? 'en',
);
const texts = computed((): Texts => (locale.value === 'es' ? es : en));

/** What is shown, in the reader's language. */
export const t = (): Texts => texts.value;

/** Mailboxes with a role are called by it, whatever they are called on the server. */
export const mailboxName = ({ role, name }: Mailbox): string => (role ? t().roles[role] : name);

/** Dates and numbers as the reader's region writes them, where it speaks the language chosen. */
export const region = computed(
  () => navigator.languages.find((one) => one.slice(0, 2) === locale.value && one.length > 2) ?? locale.value,
);
