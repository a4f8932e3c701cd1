import type { Operation } from '../turn.ts';

export const index: Operation<'index'> = async (turn) => ({ more: await turn.index() });
