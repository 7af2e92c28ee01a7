import { Socket, type SocketConstructorOpts } from 'node:net';

/** Takes `[0, length)` of a buffer that is lent for the call. */
export type Take = (buffer: Buffer, length: number) => void;

/** What Node keeps of a socket's descriptor, by names that its documentation does not promise. */
interface Held {
  _handle?: object | null;
}

/**
 * From now on what `socket`, accepted by a server, receives is read into `buffer`, which may be shared by all sockets
 * of a thread. Returns the socket to be used in its place; it may be paused and resumed.
 *
 * `net.connect` has `onread` for this, a server has nothing like it: each read allocates 64 KiB and copies what came
 * into a second buffer (docs/design/rtmp.md). So the descriptor is handed to a second socket, made with `onread`. Where
 * a socket has none by these names, its data events are read.
 */
export function lendReads(socket: Socket, buffer: Buffer, take: Take): Socket {
  const held: Socket & Held = socket;
  const handle = held._handle;
  if (!handle || typeof Reflect.get(handle, 'useUserBuffer') !== 'function')
    return socket.on('data', (chunk: Buffer) => take(chunk, chunk.length));
  held._handle = null;
  const callback = (length: number): boolean => {
    take(buffer, length);
    return true;
  };
  const reader = new Socket({ handle, onread: { buffer, callback } } as SocketConstructorOpts);
  // The server counts the socket that it accepted.
  reader.once('close', () => socket.destroy());
  return reader;
}
