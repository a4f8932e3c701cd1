import { after, before, describe } from 'node:test';
import { missingProgram } from './program.ts';
import { fetching } from './scenarios/fetching.ts';
import { largeMessage } from './scenarios/large-message.ts';
import { mutt } from './scenarios/mutt.ts';
import { oneServer } from './scenarios/one-server.ts';
import { reading } from './scenarios/reading.ts';
import { submission } from './scenarios/submission.ts';
import { synchronizing } from './scenarios/synchronizing.ts';
import { twoSystems } from './scenarios/two-systems.ts';
import { type System, startClusterSystem } from './system.ts';

const skip = missingProgram('postgres', 'nats-server', 'redis-server');

describe('clients not ours, cluster', { skip }, () => {
  let system: System;
  before(async () => {
    system = await startClusterSystem();
  });
  after(() => system?.stop());
  oneServer(() => system);
  submission(() => system);
  reading(() => system);
  largeMessage(() => system);
  fetching(() => system);
  mutt(() => system);
  synchronizing(() => system);
});

describe('clients not ours, two clusters', { skip }, () => {
  twoSystems(startClusterSystem);
});
