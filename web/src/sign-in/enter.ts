/** Enters the page with the cookie (null) or a token of this tab. */
export type Enter = (token: string | null) => Promise<void>;
