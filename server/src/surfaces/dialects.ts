import { managerError } from './manager/index.ts';
import { partnerError, partnerStatus } from './partner/index.ts';
import { platformError } from './platform/index.ts';
import { proxyError, proxyStatus } from './proxy/index.ts';

/** How each surface words its errors; the first whose prefix begins the path. */
export const DIALECTS = [
  { prefix: '/api/stream-proxy', body: proxyError, status: proxyStatus },
  { prefix: '/api/v1/', body: platformError },
  { prefix: '/v2/', body: partnerError, status: partnerStatus },
  { prefix: '/', body: managerError },
];
