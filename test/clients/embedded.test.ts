import { after, before, describe } from 'node:test';
import { fetching } from './scenarios/fetching.ts';
import { largeMessage } from './scenarios/large-message.ts';
import { mutt } from './scenarios/mutt.ts';
import { oneServer } from './scenarios/one-server.ts';
import { reading } from './scenarios/reading.ts';
import { submission } from './scenarios/submission.ts';
import { synchronizing } from './scenarios/synchronizing.ts';
import { twoSystems } from './scenarios/two-systems.ts';
import { type System, startEmbedded } from './system.ts';

describe('clients not ours, embedded system', () => {
  let system: System;
  before(async () => {
    system = await startEmbedded();
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

describe('clients not ours, two embedded systems', () => {
  twoSystems(startEmbedded);
});
