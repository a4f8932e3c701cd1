#!/usr/bin/env node
import { migrateOn, pendingOn } from '../../shared/database/postgres.ts';
import { runMailctl } from './program.ts';
import { processTerminal } from './terminal.ts';

// `mailctl account list | head` closes our output early; that is no failure.
process.stdout.on('error', (error: NodeJS.ErrnoException) => process.exit(error.code === 'EPIPE' ? 0 : 1));
process.exitCode = await runMailctl(process.argv.slice(2), processTerminal, { pendingOn, migrateOn });
