export type { DtlsKeys } from './handshake.ts';
export type { CookieOptions } from './messages/cookie.ts';
export { type DtlsEnd, type DtlsEvents, DtlsServer, type DtlsServerOptions } from './server.ts';
