import type { Register } from '../session.ts';
import { domainDkimCreate } from './domain-dkim-create.ts';
import { domainDkimRetire } from './domain-dkim-retire.ts';
import { domainDkimRotate } from './domain-dkim-rotate.ts';
import { domainDkimShow } from './domain-dkim-show.ts';

export const domainDkim: Register = (parent, run) => {
  const dkim = parent.command('dkim').description('the keys that mail of a domain is signed with');
  for (const register of [domainDkimShow, domainDkimCreate, domainDkimRotate, domainDkimRetire])
    register(dkim, run);
};
