/** A camera's address with the sign-in taken out of it, as typed (not escaped). */
export interface CameraAddress {
  url: string;
  username: string;
  password: string;
}

// As the server reads it: the last `@` before the path ends the user part (RFC 3986 §3.2).
const PARTS = /^([a-z][a-z0-9+.-]*:\/\/)(?:([^/?]*)@)?(.*)$/is;

/** Cameras' passwords are pasted both escaped and bare: a bare `%` stays what it is. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** Takes `user:password@` out of a pasted address, so that the password is not shown on the screen. */
export function liftCredentials(text: string): CameraAddress {
  const trimmed = text.trim();
  const [, scheme, user, rest] = PARTS.exec(trimmed) ?? [];
  if (scheme === undefined || user === undefined) return { url: trimmed, username: '', password: '' };
  const colon = user.indexOf(':');
  return {
    url: `${scheme}${rest}`,
    username: decode(colon < 0 ? user : user.slice(0, colon)),
    password: colon < 0 ? '' : decode(user.slice(colon + 1)),
  };
}

/** Puts the sign-in into the address, every special character escaped; what the address held gives way to it. */
export function embedCredentials(address: CameraAddress): string {
  const plain = liftCredentials(address.url);
  const { username, password } = address.username === '' ? plain : address;
  if (username === '') return plain.url;
  const user = [username, ...(password === '' ? [] : [password])].map(encodeURIComponent).join(':');
  return plain.url.replace('://', () => `://${user}@`);
}
