export { Access } from './access.ts';
export { OneTimeTickets, TICKET_SECONDS } from './one-time-tickets.ts';
export { Sessions } from './sessions.ts';
