export * from './consume.ts';
export * from './desired.ts';
export * from './facts.ts';
export * from './messages.ts';
export * from './publish-key.ts';
export * from './socket.ts';
export * from './ticket.ts';
export * from './viewers.ts';
