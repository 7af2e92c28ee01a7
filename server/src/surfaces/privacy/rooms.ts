import type { FastifyRequest } from 'fastify';
import type { Clock } from '../../kernel/index.ts';
import type { Privacy } from '../../privacy/index.ts';
import type { Streams } from '../../streams/index.ts';
import type { Listener } from './output.ts';

/** What S5 is served from. */
export interface PrivacyRooms {
  privacy: Privacy;
  streams: Pick<Streams, 'errors'>;
  clock: Pick<Clock, 'utc'>;
  listener: Listener;
}

/** The name by which somebody reached this server, without a port. */
export const hostOf = ({ hostname }: Pick<FastifyRequest, 'hostname'>): string =>
  hostname.replace(/^\[|\]$/g, '');
