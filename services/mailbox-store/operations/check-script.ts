import { scriptProblem } from '../filter/script-problem.ts';
import { type Operation, refuse } from '../turn.ts';

export const checkScript: Operation<'checkScript'> = async (_turn, { content }) => {
  const problem = scriptProblem(content);
  return problem === undefined ? {} : refuse('bad-script', problem);
};
