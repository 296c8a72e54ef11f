// Everything that the page says to the simulator, and what it hears.

async function call(method, path, body, type = 'application/json') {
  const options = { method, headers: {}, signal: AbortSignal.timeout(15000) };
  if (body !== undefined) {
    options.headers['content-type'] = type;
    options.body = type === 'application/json' ? JSON.stringify(body) : body;
  }
  const response = await fetch(path, options);
  const answer = await response.json().catch(() => ({}));
  if (!response.ok) throw new Error(answer.error?.message ?? `${response.status}`);
  return answer;
}

export const numbers = async () => (await call('GET', '/simulator/numbers')).numbers;

export const sendMessage = (phoneNumberId, customer, name, message) =>
  call('POST', `/simulator/customers/${encodeURIComponent(customer)}/messages`, { phoneNumberId, name, message });

export const markRead = (phoneNumberId, customer) =>
  call('POST', `/simulator/threads/${phoneNumberId}/${encodeURIComponent(customer)}/read`, {});

export const upload = (phoneNumberId, blob) =>
  call('POST', `/simulator/media?phoneNumberId=${encodeURIComponent(phoneNumberId)}`, blob, blob.type);

export const mediaAddress = (id) => `/simulator/media/${encodeURIComponent(id)}`;

/**
 * Follows a conversation. Each connection begins with a snapshot, so nothing is missed across a restart of the simulator.
 * Returns a function that stops.
 */
export function follow(phoneNumberId, customer, handlers) {
  const address = `/simulator/threads/${phoneNumberId}/${encodeURIComponent(customer)}/events?reader=page`;
  let source;
  let retry;
  let stopped = false;

  function open() {
    source = new EventSource(address);
    for (const name of ['snapshot', 'entry', 'state', 'typing', 'reset']) {
      source.addEventListener(name, (event) => handlers[name]?.(JSON.parse(event.data)));
    }
    source.addEventListener('open', () => handlers.connection(true));
    source.addEventListener('error', () => {
      handlers.connection(false);
      // The browser tries again by itself unless the answer was an error, as from a server that is still starting.
      if (source.readyState === EventSource.CLOSED && !stopped) {
        clearTimeout(retry);
        retry = setTimeout(open, 1500);
      }
    });
  }
  open();
  return () => {
    stopped = true;
    clearTimeout(retry);
    source.close();
  };
}
