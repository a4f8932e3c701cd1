/** The few shapes of PromQL that the dashboards and alerts are made of. */

const labels = (matchers: string): string =>
  `{namespace=~"$namespace"${matchers === '' ? '' : `,${matchers}`}}`;
const grouped = (by: string): string => (by === '' ? '' : ` by (${by})`);

/** A gauge or counter as it stands, added up. */
export const total = (metric: string, by = '', matchers = ''): string =>
  `sum${grouped(by)} (${metric}${labels(matchers)})`;

/** How much of a counter comes a second. */
export const perSecond = (counter: string, by = '', matchers = ''): string =>
  `sum${grouped(by)} (rate(${counter}${labels(matchers)}[$__rate_interval]))`;

/** A quantile of a histogram. `by` holds what it is told apart by, beside the buckets. */
export const quantile = (q: number, histogram: string, by = '', matchers = ''): string =>
  `histogram_quantile(${q}, sum by (${by === '' ? 'le' : `le, ${by}`}) (rate(${histogram}_bucket${labels(matchers)}[$__rate_interval])))`;

/** The mean of a histogram. */
export const mean = (histogram: string, by = '', matchers = ''): string =>
  `${perSecond(`${histogram}_sum`, by, matchers)} / ${perSecond(`${histogram}_count`, by, matchers)}`;

export const largest = (gauge: string, by = '', matchers = ''): string =>
  `max${grouped(by)} (${gauge}${labels(matchers)})`;

/** The part of a histogram's values that were above `bound` (one of its buckets), over `range`. */
export const partAbove = (bound: number, histogram: string, range: string): string =>
  `1 - (sum (rate(${histogram}_bucket{namespace=~"$namespace",le="${bound}"}[${range}])) / sum (rate(${histogram}_count{namespace=~"$namespace"}[${range}])))`;
