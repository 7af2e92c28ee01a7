import { isIPv6 } from 'node:net';
import type { FastifyRequest } from 'fastify';
import type { MediaPorts } from '../rooms.ts';

/** Where media are, as seen by who asks. */
export interface Bases {
  http: string;
  ws: string;
  rtsp: string;
  /** With its application: a key or a name follows. */
  rtmp: string;
}

interface Configured {
  rtmp_base_url: string | null;
}

const hostOf = ({ hostname }: FastifyRequest): string => (isIPv6(hostname) ? `[${hostname}]` : hostname);

/** By the name under which this server was asked, unless the configuration says where publishers are to go. */
export function basesOf(request: FastifyRequest, ports: MediaPorts, configured: Configured): Bases {
  const host = hostOf(request);
  return {
    http: `${request.protocol}://${request.host}`,
    ws: `${request.protocol === 'https' ? 'wss' : 'ws'}://${request.host}`,
    rtsp: `rtsp://${host}:${ports.rtsp}`,
    rtmp: configured.rtmp_base_url ?? `rtmp://${host}:${ports.rtmp}/live`,
  };
}
