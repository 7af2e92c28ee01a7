import { z } from 'zod';

/** From what is on its way now, or from footage. */
export const PartnerSource = z.enum(['live', 'historical']);
export type PartnerSource = z.infer<typeof PartnerSource>;

/** `pending` until the media is whole, `processing` while it is taken. */
export const PartnerCaptureStatus = z.enum(['pending', 'processing', 'ready', 'failed']);
export type PartnerCaptureStatus = z.infer<typeof PartnerCaptureStatus>;

/** A moment (RFC 3339); without an offset it is UTC. Becomes ISO 8601 UTC with ms. */
export const PartnerTime = z.iso
  .datetime({ offset: true, local: true })
  .transform((text) => new Date(/(Z|[+-]\d\d:\d\d)$/.test(text) ? text : `${text}Z`).toISOString());

/** Who made something, as the caller says: the name of its program. */
export const CreatedBy = z.string().trim().min(1).max(200);
