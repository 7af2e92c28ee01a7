import type { SecureContext } from 'node:tls';
import type { Clock } from '@nightjar/media/stream';
import type { Log } from '../kernel/index.ts';
import type { Publishers } from '../sources/index.ts';
import type { EngineStream } from '../streams/index.ts';
import type { Viewers } from '../viewers/index.ts';

/** What a listener needs to let viewers and publishers in, whatever it speaks. */
export interface ListenerOptions {
  readonly port: number;
  readonly host: string;
  readonly clock: Clock;
  /** Signs tickets and logins; shared with the server. */
  readonly key: Buffer;
  /** `unblurred`: the original where there is one. */
  readonly stream: (id: string, unblurred?: boolean) => EngineStream | undefined;
  /** The stream that a path stands for which is no id, and whether knowing the path is enough. */
  readonly atPath?: (path: string) => { readonly id: string; readonly open: boolean } | undefined;
  /** Who is the bearer of this token, and may he watch? Undefined: nobody can say. */
  readonly judge: (
    streamId: string,
    token: string,
  ) => Promise<
    | {
        readonly allowed: boolean;
        readonly sub?: string | undefined;
        readonly unblurred?: boolean | undefined;
      }
    | undefined
  >;
  /** The certificate shown inside TLS, on the same port; undefined: TLS is not spoken. */
  readonly tls?: () => SecureContext | undefined;
  readonly viewers: Viewers;
  readonly publishers: Publishers;
  readonly log: Pick<Log, 'error'>;
}
