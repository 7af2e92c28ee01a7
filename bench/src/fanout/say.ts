/** What a viewer says to begin, by protocol. Requests that follow wait for the answer before. */
export const say = {
  http: (path: string, headers: readonly string[] = []): string[] => [
    lines([`GET ${path} HTTP/1.1`, 'Host: bench', ...headers]),
  ],
  webSocket: (path: string, headers: readonly string[] = []): string[] => [
    lines([
      `GET ${path} HTTP/1.1`,
      'Host: bench',
      'Upgrade: websocket',
      'Connection: Upgrade',
      'Sec-WebSocket-Version: 13',
      'Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==',
      ...headers,
    ]),
  ],
  /** The picture alone, interleaved; `control` is the track's own address. */
  rtsp: (url: string, control: string, token: string): string[] => {
    const auth = `Authorization: Basic ${Buffer.from(`bench:${token}`).toString('base64')}`;
    const transport = 'Transport: RTP/AVP/TCP;unicast;interleaved=0-1';
    return [
      lines([`DESCRIBE ${url} RTSP/1.0`, 'CSeq: 1', 'Accept: application/sdp', auth]),
      lines([`SETUP ${control} RTSP/1.0`, 'CSeq: 2', transport, auth]),
      lines([`PLAY ${url} RTSP/1.0`, 'CSeq: 3', 'Session: {session}', auth]),
    ];
  },
};

const lines = (all: readonly string[]): string => `${all.join('\r\n')}\r\n\r\n`;
