export * from './mac.ts';
export * from './originals.ts';
export * from './publish-key.ts';
export * from './rtsp-login.ts';
export * from './ticket.ts';
