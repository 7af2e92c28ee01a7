import { managerError } from '../surfaces/manager/index.ts';
import { partnerError, partnerStatus } from '../surfaces/partner/index.ts';
import { platformError } from '../surfaces/platform/index.ts';
import { privacyError } from '../surfaces/privacy/index.ts';
import { proxyError, proxyStatus } from '../surfaces/proxy/index.ts';

/** How each surface words its errors; the first whose prefix begins the path. */
export const DIALECTS = [
  { prefix: '/api/stream-proxy', body: proxyError, status: proxyStatus },
  { prefix: '/api/v1/', body: platformError },
  { prefix: '/v2/', body: partnerError, status: partnerStatus },
  { prefix: '/privacy/', body: privacyError },
  { prefix: '/', body: managerError },
];
