import { PARTITIONS } from '../../../shared/actor/partition.ts';
import { ask, type Stage } from './finding.ts';

/** Longer than any take-over. */
const OVERDUE = '1 minute';

/** Partitions that nobody serves: no owner though there are replicas, or an owner that is long gone. */
export const leases: Stage = async (database) => {
  const findings = [
    ...(await ask(
      database,
      'leases',
      `select format('%s: %s partitions of %s', l.kind, count(*), coalesce(max(l.owner), 'nobody')) as what
       from lease l left join replica r on r.replica_id = l.owner
       where (l.owner is not null and (r.replica_id is null or r.expires_at < clock_timestamp() - interval '${OVERDUE}'))
          or (l.owner is null and exists (select from replica o where o.kind = l.kind and o.alive
               and o.expires_at > clock_timestamp()))
       group by l.kind, l.owner`,
      [],
    )),
    ...(await ask(
      database,
      'partitions',
      `select format('%s: %s partitions and not ${PARTITIONS}', kind, count(*)) as what from lease group by kind having count(*) <> ${PARTITIONS}`,
      [],
    )),
  ];
  return { findings, checked: PARTITIONS, next: null };
};
