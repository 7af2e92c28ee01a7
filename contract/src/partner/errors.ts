import { z } from 'zod';

/** What is wrong with one field; `loc` is where it stands. */
export const FieldError = z.object({
  loc: z.array(z.union([z.string(), z.int()])),
  msg: z.string(),
  type: z.string(),
});

/** S4's error body; 422 lists the fields. */
export const PartnerError = z
  .object({ detail: z.union([z.string(), z.array(FieldError)]) })
  .meta({ id: 'PartnerError' });
export type PartnerError = z.infer<typeof PartnerError>;
