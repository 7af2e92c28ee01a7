/** Ports on which cameras speak RTSP by habit. */
export const RTSP_PORTS: readonly number[] = [322, 554, 7441, 7447, 8554, 10554];

/** Services that no camera answers on and that a stray request could harm; no list opens them. */
export const SERVICE_PORTS: ReadonlySet<number> = new Set([
  // shells, name service, mail, directory, files
  7, 9, 13, 17, 19, 20, 21, 22, 23, 25, 37, 42, 43, 53, 69, 70, 79, 110, 111, 113, 119, 123, 135, 137, 138,
  139, 143, 161, 162, 179, 389, 445, 465, 512, 513, 514, 515, 587, 631, 636, 873, 989, 990, 993, 995,
  // proxies, brokers, remote desktops, cluster control
  1080, 1099, 1883, 2049, 2181, 2375, 2376, 2379, 2380, 3128, 3389, 4369, 5671, 5672, 5900, 5985, 5986, 6443,
  8883, 9092, 10250, 10255,
  // databases, caches, search
  1433, 1521, 3050, 3306, 5432, 5984, 6379, 7199, 7474, 7687, 8086, 9042, 9200, 9300, 11211, 26379, 27017,
  27018, 27019, 28015, 50000,
]);

/** Whether a camera may be reached on `port`: usual ones, listed ones and unprivileged ones, never a known service. */
export function portAllowed(port: number, listed: readonly number[]): boolean {
  if (!Number.isInteger(port) || port < 1 || port > 65535 || SERVICE_PORTS.has(port)) return false;
  return port >= 1024 || RTSP_PORTS.includes(port) || listed.includes(port);
}
