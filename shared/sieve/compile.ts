import { addHeader } from './actions/addheader.ts';
import { deleteHeader } from './actions/deleteheader.ts';
import { discard } from './actions/discard.ts';
import { fileInto } from './actions/fileinto.ts';
import { keep } from './actions/keep.ts';
import { redirect } from './actions/redirect.ts';
import { reject } from './actions/reject.ts';
import { set } from './actions/set.ts';
import { setFlags } from './actions/set-flags.ts';
import { vacation } from './actions/vacation.ts';
import { ArgumentReader } from './arguments.ts';
import { SieveSyntaxError } from './error.ts';
import { MAX_SCRIPT_BYTES } from './limits.ts';
import type { Command, SieveProgram, Test } from './program.ts';
import { Stopped } from './run.ts';
import { type CompileRegex, Scope } from './scope.ts';
import { type CommandNode, parseScript, type TestNode } from './syntax.ts';
import { addressTest } from './tests/address.ts';
import { bodyTest } from './tests/body.ts';
import { currentDateTest, dateTest } from './tests/date.ts';
import { duplicateTest } from './tests/duplicate.ts';
import { envelopeTest } from './tests/envelope.ts';
import { existsTest } from './tests/exists.ts';
import { hasFlagTest } from './tests/hasflag.ts';
import { headerTest } from './tests/header.ts';
import { mailboxExistsTest, specialUseExistsTest } from './tests/mailbox.ts';
import { sizeTest } from './tests/size.ts';
import { stringTest } from './tests/string.ts';

const TESTS: Readonly<Record<string, (read: ArgumentReader) => Test>> = {
  address: addressTest,
  body: bodyTest,
  currentdate: currentDateTest,
  date: dateTest,
  duplicate: duplicateTest,
  envelope: envelopeTest,
  exists: existsTest,
  hasflag: hasFlagTest,
  header: headerTest,
  mailboxexists: mailboxExistsTest,
  size: sizeTest,
  specialuse_exists: specialUseExistsTest,
  string: stringTest,
};

const ACTIONS: Readonly<Record<string, (read: ArgumentReader) => Command>> = {
  addflag: setFlags,
  addheader: addHeader,
  deleteheader: deleteHeader,
  discard,
  ereject: reject,
  fileinto: fileInto,
  keep,
  redirect,
  reject,
  removeflag: setFlags,
  set,
  setflag: setFlags,
  vacation,
};

export type Compiled =
  | { readonly program: SieveProgram }
  /** `line` from 1; `text` may be shown to the script's author. */
  | { readonly error: { readonly line: number; readonly text: string } };

/** Reads a script and finds all that is wrong with it before it ever runs (RFC 5228 §2.10.6). Never throws. */
export function compileSieve(script: string, compileRegex: CompileRegex): Compiled {
  try {
    if (Buffer.byteLength(script) > MAX_SCRIPT_BYTES)
      throw new SieveSyntaxError(1, `the script has over ${MAX_SCRIPT_BYTES} bytes`);
    const scope = new Scope(compileRegex);
    const nodes = parseScript(script);
    const body = nodes.findIndex(({ name }) => name !== 'require');
    const requires = body < 0 ? nodes : nodes.slice(0, body);
    for (const node of requires) require(node, scope);
    return { program: { commands: block(nodes.slice(requires.length), scope) } };
  } catch (error) {
    if (!(error instanceof SieveSyntaxError)) throw error;
    return { error: { line: error.line, text: error.message } };
  }
}

function require(node: CommandNode, scope: Scope): void {
  const read = new ArgumentReader(node, scope);
  const names = read.constants();
  read.end();
  for (const name of names) scope.require(name, node.line);
}

function block(nodes: readonly CommandNode[], scope: Scope): Command[] {
  const commands: Command[] = [];
  for (let at = 0; at < nodes.length; at++) {
    const node = nodes[at]!;
    if (node.name === 'if') {
      const arms = [node];
      while (nodes[at + 1]?.name === 'elsif') arms.push(nodes[++at]!);
      const otherwise = nodes[at + 1]?.name === 'else' ? nodes[++at] : undefined;
      commands.push(conditional(arms, otherwise, scope));
    } else commands.push(command(node, scope));
  }
  return commands;
}

/** RFC 5228 §3.1. */
function conditional(
  arms: readonly CommandNode[],
  otherwise: CommandNode | undefined,
  scope: Scope,
): Command {
  const compiled = arms.map((arm) => {
    new ArgumentReader(arm, scope).end({ tests: 1, block: true });
    return { test: test(arm.tests[0]!, scope), commands: block(arm.block!, scope) };
  });
  if (otherwise !== undefined) new ArgumentReader(otherwise, scope).end({ block: true });
  const last = otherwise === undefined ? [] : block(otherwise.block!, scope);
  return (run) => {
    const arm = compiled.find((each) => each.test(run));
    for (const each of arm?.commands ?? last) each(run);
  };
}

function command(node: CommandNode, scope: Scope): Command {
  if (node.name === 'stop') {
    new ArgumentReader(node, scope).end();
    return () => {
      throw new Stopped();
    };
  }
  if (node.name === 'require') throw new SieveSyntaxError(node.line, 'require must stand at the beginning');
  if (node.name === 'elsif' || node.name === 'else')
    throw new SieveSyntaxError(node.line, `${node.name} without if`);
  if (!Object.hasOwn(ACTIONS, node.name))
    throw new SieveSyntaxError(node.line, `there is no command ${node.name.slice(0, 60)}`);
  return ACTIONS[node.name]!(new ArgumentReader(node, scope));
}

function test(node: TestNode, scope: Scope): Test {
  const read = new ArgumentReader(node, scope);
  switch (node.name) {
    case 'true':
    case 'false': {
      read.end();
      const value = node.name === 'true';
      return () => value;
    }
    case 'not': {
      read.end({ tests: 1 });
      const inner = test(node.tests[0]!, scope);
      return (run) => !inner(run);
    }
    case 'allof':
    case 'anyof': {
      read.end({ tests: 'list' });
      const inner = node.tests.map((each) => test(each, scope));
      return node.name === 'allof'
        ? (run) => inner.every((each) => each(run))
        : (run) => inner.some((each) => each(run));
    }
  }
  if (!Object.hasOwn(TESTS, node.name))
    throw new SieveSyntaxError(node.line, `there is no test ${node.name.slice(0, 60)}`);
  return TESTS[node.name]!(read);
}
