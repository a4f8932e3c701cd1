import { CORE } from './capabilities.ts';
import type { MethodEntry } from './method.ts';
import { echo } from './methods/core-echo.ts';

/** Every method there is, by its name. */
export const METHODS: Readonly<Record<string, MethodEntry>> = {
  'Core/echo': { capability: CORE, run: echo, accountless: true },
};
