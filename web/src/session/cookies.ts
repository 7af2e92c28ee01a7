/** The CSRF token that goes back with every change of a session in a cookie; undefined when there is none. */
export function csrfToken(cookies: string): string | undefined {
  return /(?:^|; *)nj_csrf=([^;]+)/.exec(cookies)?.[1];
}
