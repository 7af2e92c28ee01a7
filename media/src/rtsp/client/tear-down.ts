import type { Clock } from '../../stream/index.ts';
import type { Connection } from '../connection.ts';
import type { HeaderList } from '../wire/message.ts';

/** Milliseconds that a camera has for its answer. */
const LONGEST_MS = 1000;

/** Says that the session is over, and waits for the answer, the end of the connection or 1 s. */
export function tearDown(
  connection: Connection,
  url: string,
  headers: HeaderList,
  clock: Pick<Clock, 'after'>,
): Promise<void> {
  return new Promise((resolve) => {
    const cancel = clock.after(LONGEST_MS, resolve);
    const done = () => {
      cancel();
      resolve();
    };
    void connection.closed().then(done);
    connection.post('TEARDOWN', url, headers, done);
  });
}

/** Why everything that was asked of a session ends with it. */
export function closed(): DOMException {
  return new DOMException('The RTSP session was closed', 'AbortError');
}
