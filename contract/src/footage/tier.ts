import { z } from 'zod';

/** Places for footage by age, newest first. Every file is born in `hot`. */
export const TIERS = ['hot', 'warm', 'cold', 'archived'] as const;
export const Tier = z.enum(TIERS);
export type Tier = z.infer<typeof Tier>;
