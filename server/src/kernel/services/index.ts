export { createServiceHttp, type ServiceAnswer, type ServiceHttp } from './service-http.ts';
export { createServiceTargets, type ServiceTargets } from './service-targets.ts';
