export { createServiceHttp, type ServiceAnswer, type ServiceHttp } from './service-http.ts';
export { createServiceTargets, ServiceError, type ServiceTargets } from './service-targets.ts';
