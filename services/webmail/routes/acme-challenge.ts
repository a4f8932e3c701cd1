import { Hono } from 'hono';
import { AcmeChallenges } from '../../../shared/net/acme/challenges.ts';
import { challengeAnswer } from '../../../shared/net/acme/http-responder.ts';
import type { Webmail } from '../webmail.ts';

/** RFC 8555 §8.3: a certificate authority sees that the name is ours. */
export function acmeChallenge({ ports }: Webmail): Hono {
  const challenges = new AcmeChallenges(ports.database);
  return new Hono().get('/:token', async (context) => {
    const answer = await challengeAnswer(challenges, context.req.path);
    return answer === undefined ? context.notFound() : context.text(answer);
  });
}
