/** Words of replies that refuse us for the address we come from. Longer words first, none of them a usual part of another refusal. */
const WORDS = [
  ...[
    'blocklist',
    'block list',
    'blacklist',
    'black list',
    'denylist',
    'spamhaus',
    'barracudacentral',
    'spamcop',
  ],
  ...['dnsbl', 'sender ip', 'client host', 'ip address', 'your ip', 'poor reputation', 'ip reputation'],
  ...['sending ip', 'too many messages from your', 'abuse from your', 'has been blocked', 'is blocked'],
];
/** RFC 5321: refused by policy; RFC 3463 5.7.1 and Microsoft's and Google's own of 7: delivery not authorized. */
const CODES = /^(?:4[25]1|45\d|55[034]) /;
const LISTED = /\b(?:listed|blocked|banned|rejected|refused|denied|unsolicited)\b/i;

/** A reply that blames the address we come from, and neither the message nor the recipient. */
export function blamesOurAddress(reply: string): boolean {
  if (!CODES.test(reply) || /^\d{3} 5\.1\./.test(reply)) return false;
  const text = reply.slice(0, 1_000).toLowerCase();
  return WORDS.some((word) => text.includes(word)) && LISTED.test(text);
}
