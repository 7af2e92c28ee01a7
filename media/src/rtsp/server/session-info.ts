/** What happened since the server was started. */
export interface ServerCounters {
  connections: number;
  sessions: number;
  /** Requests or bytes that ended their connection. */
  malformed: number;
  /** Wrong credentials. */
  unauthorized: number;
  /** Chunks left out for viewers that were behind. */
  skipped: number;
  /** Viewers closed because they did not drain. */
  tooSlow: number;
  /** Requests that failed on our side. */
  failed: number;
}

/** A session as the server lists it. */
export interface RtspSessionInfo {
  readonly id: string;
  readonly path: string;
  readonly identity: string | undefined;
  /** `host:port` of the client. */
  readonly peer: string;
  readonly mode: 'play' | 'record';
  /** Media flows, one way or the other. */
  readonly playing: boolean;
  /** Chunks written, and left out because the client was behind; 0 for a publisher. */
  readonly sent: number;
  readonly skipped: number;
  /** Packets a publisher sent. */
  readonly received: number;
}
