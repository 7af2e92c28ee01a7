import { CreateAlertRule } from '@nightjar/contract/platform';
import type { Selectable } from 'kysely';
import type { Schema, Sql } from '../database/index.ts';
import type { Alert, AlertRule } from './rule.ts';

const ruleFrom = (row: Selectable<Schema['alert_rules']>): AlertRule => ({
  id: row.id,
  owner: row.owner,
  settings: CreateAlertRule.parse(JSON.parse(row.settings)),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
});

const ruleRow = ({ id, owner, settings, createdAt, updatedAt }: AlertRule) => ({
  id,
  owner,
  settings: JSON.stringify(settings),
  created_at: createdAt,
  updated_at: updatedAt,
});

/** SQL of rules. */
export const ruleStore = {
  async all(sql: Sql): Promise<AlertRule[]> {
    const rows = await sql
      .selectFrom('alert_rules')
      .selectAll()
      .orderBy('created_at')
      .orderBy('id')
      .execute();
    return rows.map(ruleFrom);
  },

  async find(sql: Sql, id: string): Promise<AlertRule | undefined> {
    const row = await sql.selectFrom('alert_rules').selectAll().where('id', '=', id).executeTakeFirst();
    return row && ruleFrom(row);
  },

  async insert(sql: Sql, rule: AlertRule): Promise<void> {
    await sql.insertInto('alert_rules').values(ruleRow(rule)).execute();
  },

  async update(sql: Sql, rule: AlertRule): Promise<void> {
    const { id, ...values } = ruleRow(rule);
    await sql.updateTable('alert_rules').set(values).where('id', '=', id).execute();
  },

  async remove(sql: Sql, id: string): Promise<void> {
    await sql.deleteFrom('alert_rules').where('id', '=', id).execute();
  },
};

const alertFrom = (row: Selectable<Schema['alerts']>): Alert => ({
  id: row.id,
  ruleId: row.rule_id,
  ruleName: row.rule_name,
  kind: row.kind as Alert['kind'],
  severity: row.severity as Alert['severity'],
  cameraId: row.camera_id,
  cameraName: row.camera_name,
  message: row.message,
  openedAt: row.opened_at,
  resolvedAt: row.resolved_at,
  acknowledgedAt: row.acknowledged_at,
  acknowledgedBy: row.acknowledged_by,
  notifiedAt: row.notified_at,
  escalated: row.escalated,
});

const alertRow = (alert: Alert) => ({
  id: alert.id,
  rule_id: alert.ruleId,
  rule_name: alert.ruleName,
  kind: alert.kind,
  severity: alert.severity,
  camera_id: alert.cameraId,
  camera_name: alert.cameraName,
  message: alert.message,
  opened_at: alert.openedAt,
  resolved_at: alert.resolvedAt,
  acknowledged_at: alert.acknowledgedAt,
  acknowledged_by: alert.acknowledgedBy,
  notified_at: alert.notifiedAt,
  escalated: alert.escalated,
});

/** SQL of alerts. */
export const alertStore = {
  /** Those that are not over. */
  async active(sql: Sql): Promise<Alert[]> {
    const rows = await sql.selectFrom('alerts').selectAll().where('resolved_at', 'is', null).execute();
    return rows.map(alertFrom);
  },

  /** Newest first. */
  async newest(sql: Sql, limit: number): Promise<Alert[]> {
    const rows = await sql
      .selectFrom('alerts')
      .selectAll()
      .orderBy('opened_at', 'desc')
      .orderBy('id', 'desc')
      .limit(limit)
      .execute();
    return rows.map(alertFrom);
  },

  /** The last alert that is over and that somebody was told of. */
  async lastOf(sql: Sql, ruleId: string, cameraId: string): Promise<Alert | undefined> {
    const row = await sql
      .selectFrom('alerts')
      .selectAll()
      .where('rule_id', '=', ruleId)
      .where('camera_id', '=', cameraId)
      .where('resolved_at', 'is not', null)
      .where('notified_at', 'is not', null)
      .orderBy('resolved_at', 'desc')
      .limit(1)
      .executeTakeFirst();
    return row && alertFrom(row);
  },

  async find(sql: Sql, id: string): Promise<Alert | undefined> {
    const row = await sql.selectFrom('alerts').selectAll().where('id', '=', id).executeTakeFirst();
    return row && alertFrom(row);
  },

  async insert(sql: Sql, alert: Alert): Promise<void> {
    await sql.insertInto('alerts').values(alertRow(alert)).execute();
  },

  async update(sql: Sql, alert: Alert): Promise<void> {
    const { id, ...values } = alertRow(alert);
    await sql.updateTable('alerts').set(values).where('id', '=', id).execute();
  },

  async removeOlder(sql: Sql, before: string): Promise<void> {
    await sql.deleteFrom('alerts').where('resolved_at', '<', before).execute();
  },
};
