/** Low-latency pictures without sound that leave HTTP/1.1's six connections room for everything else. */
const WITHOUT_MULTIPLEXING = 3;

/** Whether `count` pictures at a time may be played with low latency. */
export const lowLatencyFits = (count: number, protocol: string): boolean =>
  protocol.startsWith('h2') || protocol.startsWith('h3') || count <= WITHOUT_MULTIPLEXING;

/** The protocol by which the browser got this page: `http/1.1`, `h2`, `h3`. */
export function pageProtocol(): string {
  const [navigation] = performance.getEntriesByType('navigation');
  return navigation instanceof PerformanceNavigationTiming ? navigation.nextHopProtocol : '';
}
