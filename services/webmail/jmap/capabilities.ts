/** Capabilities by the name that `using` asks for them. */
export const CORE = 'urn:ietf:params:jmap:core';
export const MAIL = 'urn:ietf:params:jmap:mail';
export const SUBMISSION = 'urn:ietf:params:jmap:submission';
export const VACATION = 'urn:ietf:params:jmap:vacationresponse';
export const WEBSOCKET = 'urn:ietf:params:jmap:websocket';
export const BLOB = 'urn:ietf:params:jmap:blob';
export const QUOTA = 'urn:ietf:params:jmap:quota';
export const SIEVE = 'urn:ietf:params:jmap:sieve';
/** App passwords and live log-ins of the account: what no RFC has. */
export const ACCOUNT = 'https://cartero.example/jmap/account';
