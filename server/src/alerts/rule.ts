import type { CreateAlertRule } from '@nightjar/contract/platform';

/** What somebody wants to be told of; the settings are those of the contract. */
export interface AlertRule {
  id: string;
  /** `kind:id` of the principal whose it is: it watches what they may see. */
  owner: string;
  settings: CreateAlertRule;
  createdAt: string;
  updatedAt: string;
}

/** Something that a rule saw; times ISO 8601 UTC. */
export interface Alert {
  id: string;
  ruleId: string;
  ruleName: string;
  kind: CreateAlertRule['kind'];
  severity: CreateAlertRule['severity'];
  /** Empty for the installation as a whole. */
  cameraId: string;
  cameraName: string;
  message: string;
  openedAt: string;
  resolvedAt: string | null;
  acknowledgedAt: string | null;
  acknowledgedBy: string | null;
  /** When somebody was told first. */
  notifiedAt: string | null;
  /** Steps of the escalation that were taken. */
  escalated: number;
}

/** What is so at this moment: of one camera, or of the installation. */
export interface Condition {
  /** Empty for the installation. */
  cameraId: string;
  cameraName: string;
  message: string;
}
