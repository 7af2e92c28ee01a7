import { AuditList, AuditQuery, AuditVerification } from '@nightjar/contract/platform';
import { z } from 'zod';
import type { AuditEntry } from '../../../access/audit/index.ts';
import type { AccessRoom } from '../../../access/index.ts';
import type { App } from '../../../kernel/index.ts';
import { errorAnswers } from '../errors.ts';

const config = { access: { scope: 'audit:read' } } as const;
const tags = ['audit'];
const Outcome = z.enum(['done', 'refused', 'failed']);

function parsed(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>;
  } catch {
    // It was cut at its greatest length.
    return { text };
  }
}

const shown = ({ mac: _mac, ...entry }: AuditEntry) => ({
  ...entry,
  outcome: Outcome.parse(entry.outcome),
  object: parsed(entry.object),
  details: parsed(entry.details),
});

/** Who did what. */
export function auditRoutes(app: App, { audit }: AccessRoom): void {
  app.get('/api/v1/audit-logs', {
    config: { ...config, audit: 'audit.read' },
    schema: {
      tags,
      summary: 'List what was done by whom, newest first',
      querystring: AuditQuery,
      response: { 200: AuditList, ...errorAnswers },
    },
    handler: async (request) => {
      const { entries, total } = await audit.page(request.query);
      const { limit, offset } = request.query;
      return { items: entries.map(shown), total, limit, offset };
    },
  });

  app.get('/api/v1/audit-logs/verify', {
    config,
    schema: {
      tags,
      summary: 'Check that no entry was changed or taken out',
      response: { 200: AuditVerification, ...errorAnswers },
    },
    handler: async () => {
      const { intact, entries, brokenAt, reason } = await audit.verify();
      return { intact, entries, broken_at: brokenAt ?? null, reason: reason ?? null };
    },
  });
}
