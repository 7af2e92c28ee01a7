import { ApplyImport, ImportDone, ImportPlan, PlanImport } from '@nightjar/contract/platform';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';
import type { PlatformRooms } from '../rooms.ts';

const tags = ['cameras'];
/** The text as JSON, each character escaped in the worst case. */
const BODY_LIMIT = 2 * 1024 * 1024;
const access = { scope: 'cameras:write' } as const;

/** Many cameras from one file: first what would become of it, then that. */
export function importRoutes(app: App, { imports }: PlatformRooms): void {
  app.post('/api/v1/camera-imports/plan', {
    bodyLimit: BODY_LIMIT,
    config: { access },
    schema: {
      tags,
      summary:
        'Say what a file of cameras would become: CSV, or a configuration of go2rtc, MediaMTX or Frigate',
      description: 'Nothing is created and nothing is kept. Entries that cannot be cameras here say why.',
      body: PlanImport,
      response: { 200: ImportPlan, ...errorAnswers },
    },
    handler: ({ body }) => imports.plan(body),
  });

  app.post('/api/v1/camera-imports', {
    bodyLimit: BODY_LIMIT,
    config: { access, audit: 'cameras.imported' },
    schema: {
      tags,
      summary: 'Create the cameras of a plan',
      description: '409 when the plan of the same text is another one by now.',
      body: ApplyImport,
      response: { 200: ImportDone, ...errorAnswers },
    },
    handler: ({ body }) => imports.apply(body),
  });
}
