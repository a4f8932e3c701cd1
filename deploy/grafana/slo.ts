/** What is promised of delivery, over 30 days; dashboards and alerts measure against it. */
export const DELIVERY_SLO = {
  histogram: 'cartero_delivery_seconds',
  /** Seconds from arrival to mailbox; a bucket of the histogram. */
  bound: 5,
  /** The part that may take longer. */
  budget: 0.001,
} as const;
