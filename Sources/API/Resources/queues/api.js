// Everything that the page asks the API, with the reader's own credential.

const KEY = 'maitre.queues.key';
const SESSION = 'maitre.queues.session';

/** Storage of the tab may be forbidden; then a reload asks again. */
const tab = {
  get(name) { try { return sessionStorage.getItem(name); } catch { return null; } },
  set(name, value) { try { if (value) sessionStorage.setItem(name, value); else sessionStorage.removeItem(name); } catch { /* as above */ } },
};

/** An answer that is no success. `status` 0: there was none. */
export class Refusal extends Error {
  constructor(status, code, text) {
    super(text);
    this.status = status;
    this.code = code;
  }
}

let key = tab.get(KEY);
/** Of a session: in memory only. Its refresh token is in a cookie that no page can read. */
let access = null;
let refreshing = null;

export const isKnown = () => Boolean(key || tab.get(SESSION));

export function useKey(value) {
  forget();
  key = value;
  tab.set(KEY, value);
}

/** Forgets everything here; a session is ended by `logOut`. */
export function forget() {
  key = null;
  access = null;
  tab.set(KEY, null);
  tab.set(SESSION, null);
}

export async function logIn(email, password, code) {
  const body = { email, password };
  if (/^\d{6}$/.test(code)) body.totp = code;
  else if (code) body.recoveryCode = code;
  const tokens = await send('POST', '/auth/login', body, {});
  forget();
  access = tokens.accessToken;
  tab.set(SESSION, '1');
}

export async function logOut() {
  const hadSession = tab.get(SESSION);
  forget();
  if (hadSession) await send('POST', '/auth/logout', undefined, {}).catch(() => {});
}

/** One renewal for all who need it at once: a refresh token is good once. */
function renew() {
  refreshing ??= send('POST', '/auth/refresh', undefined, {})
    .then((tokens) => { access = tokens.accessToken; })
    .finally(() => { refreshing = null; });
  return refreshing;
}

/** @returns the answer's JSON, or nothing where it has none */
export async function ask(method, path, body) {
  if (key) return send(method, path, body, { 'X-API-Key': key });
  if (!access) await renew();
  try {
    return await send(method, path, body, { Authorization: `Bearer ${access}` });
  } catch (refusal) {
    if (refusal.status !== 401) throw refusal;
    await renew();
    return send(method, path, body, { Authorization: `Bearer ${access}` });
  }
}

async function send(method, path, body, headers) {
  const options = { method, headers: { Accept: 'application/json', ...headers }, credentials: 'same-origin', cache: 'no-store', signal: AbortSignal.timeout(20000) };
  if (body !== undefined) {
    options.headers['Content-Type'] = 'application/json';
    options.body = JSON.stringify(body);
  }
  let response;
  try {
    response = await fetch(`/api/v1${path}`, options);
  } catch (error) {
    throw new Refusal(0, 'unreachable', error.name === 'TimeoutError' ? 'The server took too long to answer.' : 'The server cannot be reached.');
  }
  const answer = response.status === 204 ? undefined : await response.json().catch(() => undefined);
  if (response.ok) return answer;
  const fields = (answer?.errors ?? []).map((error) => error.message).join(' ');
  throw new Refusal(response.status, answer?.code ?? '', fields || answer?.detail || `The server answered ${response.status}.`);
}
