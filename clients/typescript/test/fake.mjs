// A fetch that answers from a list, and remembers what it was asked.

export function problem(status, code, headers = {}) {
  const document = { type: `urn:maitre:problem:${code}`, title: code, status, detail: `It was ${code}.`, instance: "/x", code, requestId: "request-1" };
  return () => new Response(JSON.stringify(document), { status, headers: { "content-type": "application/problem+json", ...headers } });
}

export function json(value, { status = 200, headers = {} } = {}) {
  return () => new Response(JSON.stringify(value), { status, headers: { "content-type": "application/json", ...headers } });
}

export const broken = () => {
  throw new TypeError("fetch failed");
};

/** Answers in order; the last one again and again. */
export function fakeFetch(...answers) {
  const asked = [];
  const fetch = async (address, init) => {
    const request = { address: String(address), method: init.method, headers: init.headers, body: init.body, signal: init.signal };
    asked.push(request);
    return (answers.length > 1 ? answers.shift() : answers[0])(request);
  };
  return Object.assign(fetch, { asked });
}
