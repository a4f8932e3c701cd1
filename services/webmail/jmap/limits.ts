/** What RFC 8620 §2 has a server tell of its limits; sizes in bytes. */
export const CORE_LIMITS = {
  maxSizeUpload: 67_108_864,
  maxConcurrentUpload: 4,
  maxSizeRequest: 10_000_000,
  maxConcurrentRequests: 8,
  maxCallsInRequest: 64,
  maxObjectsInGet: 1_000,
  maxObjectsInSet: 1_000,
} as const;

/** Requests of one account that wait for one of its others; those beyond are refused. */
export const MAX_WAITING_REQUESTS = 32;
/** All responses of one request together: a back-reference may multiply what little a request has. */
export const MAX_RESPONSE_BYTES = 64_000_000;
/** What back-references of one request may bring along. */
export const MAX_REFERENCED_VALUES = 100_000;
/** Nesting of a filter, and its conditions. */
export const MAX_FILTER_DEPTH = 16;
export const MAX_FILTER_CONDITIONS = 200;
