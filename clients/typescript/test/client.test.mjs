import assert from "node:assert/strict";
import { test } from "node:test";
import {
  apiKey, isProblem, MaitreClient, MaitreConnectionError, MaitreNotModified, MaitreProblem, MaitreUnexpectedAnswer, operations, personalAccessToken, UsageApiClient,
} from "../dist/index.js";
import { secondsOf } from "../dist/errors.js";
import { pauseAfter, standardRetries } from "../dist/retry.js";
import { broken, fakeFetch, json, problem } from "./fake.mjs";

const page = { data: [], nextCursor: null, hasMore: false };
const text = { type: "text", text: { body: "Hello" } };
const send = (client, options) => client.sendMessage({ conversationId: "c" }, text, options);

function clientOf(fetch, options = {}) {
  return new MaitreClient({ baseUrl: "https://maitre.example", credential: personalAccessToken("mtr_pat_1"), restaurantId: "r", retries: { firstPause: 1 }, fetch, ...options });
}

test("a method for every operation", () => {
  for (const id of Object.keys(operations)) assert.equal(typeof MaitreClient.prototype[id], "function", id);
});

test("path, query, credential and restaurant", async () => {
  const fetch = fakeFetch(json(page));
  await clientOf(fetch).listMessages({ conversationId: "a/b?c", since: 0, limit: undefined });
  await clientOf(fetch, { credential: apiKey("mtr_live_1") }).listConversations({ q: "Ö & x", unread: true }, { restaurantId: "other" });
  assert.equal(fetch.asked[0].address, "https://maitre.example/api/v1/conversations/a%2Fb%3Fc/messages?since=0");
  assert.equal(fetch.asked[0].headers.Authorization, "Bearer mtr_pat_1");
  assert.equal(fetch.asked[0].headers["X-Restaurant-Id"], "r");
  assert.equal(fetch.asked[0].body, null);
  assert.equal(fetch.asked[1].address, "https://maitre.example/api/v1/conversations?unread=true&q=%C3%96+%26+x");
  assert.equal(fetch.asked[1].headers["X-API-Key"], "mtr_live_1");
  assert.equal(fetch.asked[1].headers["X-Restaurant-Id"], "other");
});

test("no credential where none is needed, no restaurant where none is taken", async () => {
  const fetch = fakeFetch(json({ status: "ok", data: [], pagination: { hasMore: false } }));
  await clientOf(fetch).getHealth();
  await clientOf(fetch).listMerchants();
  assert.deepEqual(Object.keys(fetch.asked[0].headers), ["Accept"]);
  assert.ok("Authorization" in fetch.asked[1].headers && !("X-Restaurant-Id" in fetch.asked[1].headers));
});

test("a base with the path of the API is the same base", async () => {
  for (const baseUrl of ["https://m.example", "https://m.example/", "https://m.example/api", "https://m.example/api/v1/"]) {
    const fetch = fakeFetch(json(page));
    await clientOf(fetch, { baseUrl }).listBots();
    assert.equal(fetch.asked[0].address, "https://m.example/api/v1/bots");
  }
});

test("a missing part of the path is the caller's mistake", async () => {
  const fetch = fakeFetch(json(page));
  await assert.rejects(clientOf(fetch).getBot({ botId: "" }), TypeError);
  assert.equal(fetch.asked.length, 0);
});

test("a problem is thrown with all that it says", async () => {
  const errors = [{ pointer: "/a", code: "b", message: "c" }];
  const document = { status: 402, code: "allowance_exhausted", title: "T", detail: "D", instance: "/i", requestId: "q", resetsAt: "2026-11-21T21:00:00.000Z", errors };
  const fetch = fakeFetch(() => new Response(JSON.stringify(document), { status: 402, headers: { "content-type": "application/problem+json", "retry-after": "7" } }));
  const error = await send(clientOf(fetch)).catch((thrown) => thrown);
  assert.ok(error instanceof MaitreProblem && isProblem(error, "forbidden", "allowance_exhausted") && !isProblem(error, "forbidden"));
  assert.equal(error.resetsAt.toISOString(), document.resetsAt);
  assert.deepEqual([error.status, error.retryAfter, error.requestId, error.errors], [402, 7, "q", errors]);
  assert.equal(fetch.asked.length, 1);
});

test("what is not of the API is told apart", async () => {
  const answers = [
    () => new Response("<h1>Bad gateway</h1>", { status: 400, headers: { "content-type": "text/html" } }),
    () => new Response("[1]", { status: 400, headers: { "content-type": "application/problem+json" } }),
    () => new Response("{", { status: 200, headers: { "content-type": "application/json" } }),
  ];
  for (const answer of answers) await assert.rejects(clientOf(fakeFetch(answer)).listBots(), MaitreUnexpectedAnswer);
});

test("one intention keeps its key and its bytes through all attempts", async () => {
  const fetch = fakeFetch(broken, problem(503, "unavailable"), problem(409, "request_in_progress"), json({ id: "m" }, { status: 201 }));
  assert.equal((await send(clientOf(fetch))).id, "m");
  assert.equal(fetch.asked.length, 4);
  assert.equal(new Set(fetch.asked.map((request) => request.headers["Idempotency-Key"])).size, 1);
  assert.equal(new Set(fetch.asked.map((request) => request.body)).size, 1);
  assert.match(fetch.asked[0].headers["Idempotency-Key"], /^[0-9a-f]{32}$/);
  await send(clientOf(fetch), { idempotencyKey: "mine" });
  assert.equal(fetch.asked[4].headers["Idempotency-Key"], "mine");
});

test("what may have had an effect is not repeated without a key", async () => {
  for (const answer of [broken, problem(503, "unavailable"), problem(500, "internal_error")]) {
    const fetch = fakeFetch(answer);
    await assert.rejects(clientOf(fetch).suspendMerchant({ merchantId: "r" }));
    assert.equal(fetch.asked.length, 1);
    assert.equal(fetch.asked[0].headers["Idempotency-Key"], undefined);
  }
  // A 429 had none.
  const fetch = fakeFetch(problem(429, "rate_limited"), json({ id: "r" }));
  assert.equal((await clientOf(fetch).suspendMerchant({ merchantId: "r" })).id, "r");
});

test("what makes something has a key by itself, and so is repeated", async () => {
  const calls = [
    (client) => client.createBot({ name: "Bot" }),
    (client) => client.createApiKey({ name: "Till", scopes: ["bots:read"] }),
    (client) => client.rollApiKey({ keyId: "k" }),
  ];
  for (const call of calls) {
    const fetch = fakeFetch(broken, problem(502, "internal_error"), json({ id: "x" }, { status: 201 }));
    assert.equal((await call(clientOf(fetch))).id, "x");
    assert.equal(new Set(fetch.asked.map((request) => request.headers["Idempotency-Key"] + request.body)).size, 1);
    assert.match(fetch.asked[0].headers["Idempotency-Key"], /^[0-9a-f]{32}$/);
  }
});

test("what would be refused again is not repeated, and nothing for ever", async () => {
  for (const [status, code] of [[400, "malformed_json"], [404, "not_found"], [409, "conflict"], [422, "validation_failed"]]) {
    const fetch = fakeFetch(problem(status, code));
    await assert.rejects(send(clientOf(fetch)), { code });
    assert.equal(fetch.asked.length, 1);
  }
  const fetch = fakeFetch(broken);
  await assert.rejects(clientOf(fetch, { retries: { firstPause: 1, attempts: 3 } }).listBots(), MaitreConnectionError);
  assert.equal(fetch.asked.length, 3);
});

test("pauses grow, have chance in them, and respect Retry-After", () => {
  const request = { method: "GET", hasKey: false };
  const lost = new MaitreConnectionError("lost");
  const limited = (seconds) => new MaitreProblem({ status: 429, code: "rate_limited" }, seconds);
  const policy = { ...standardRetries, attempts: 20 };
  assert.deepEqual([1, 2, 3].map((attempt) => pauseAfter(lost, attempt, request, policy, () => 1)), [500, 1000, 2000]);
  assert.deepEqual([1, 2].map((attempt) => pauseAfter(lost, attempt, request, policy, () => 0)), [250, 500]);
  assert.equal(pauseAfter(lost, 19, request, policy, () => 1), 30_000);
  assert.equal(pauseAfter(limited(5), 1, request, policy, () => 1), 5000);
  assert.equal(pauseAfter(limited(0), 1, request, policy, () => 1), 500);
  assert.equal(pauseAfter(limited(61), 1, request, policy), undefined);
  assert.equal(pauseAfter(new RangeError(), 1, request, policy), undefined);
  assert.deepEqual([secondsOf("7"), secondsOf(null), secondsOf("soon"), secondsOf("Thu, 01 Jan 1970 00:00:10 GMT", 4000)], [7, undefined, undefined, 6]);
});

test("the caller's signal ends a request and a pause, and time runs out", async () => {
  const never = (request) =>
    new Promise((_, reject) => {
      const stop = () => reject(new DOMException("aborted", "AbortError"));
      if (request.signal.aborted) stop();
      request.signal.addEventListener("abort", stop);
    });
  const reason = new Error("changed my mind");
  const aborter = new AbortController();
  const running = clientOf(fakeFetch(never)).listBots({}, { signal: aborter.signal });
  setTimeout(() => aborter.abort(reason), 5);
  await assert.rejects(running, reason);

  const pausing = new AbortController();
  const waiting = clientOf(fakeFetch(broken), { retries: { firstPause: 60_000 } }).listBots({}, { signal: pausing.signal });
  setTimeout(() => pausing.abort(reason), 5);
  await assert.rejects(waiting, reason);

  await assert.rejects(clientOf(fakeFetch(never), { timeout: 5, retries: { attempts: 1 } }).listBots(), /took too long/);
  await assert.rejects(clientOf(fakeFetch(never)).listBots({}, { signal: AbortSignal.abort(reason) }), reason);
});

test("the head of an answer is told, and what the listener throws is the caller's", async () => {
  const headers = { etag: '"1"', location: "/x", "x-request-id": "q", "idempotent-replayed": "true" };
  const fetch = fakeFetch(json({ id: "m" }, { status: 201, headers }));
  let head;
  await send(clientOf(fetch), { onAnswer: (told) => (head = told) });
  assert.deepEqual([head.status, head.etag, head.location, head.requestId, head.isReplay], [201, '"1"', "/x", "q", true]);
  await assert.rejects(send(clientOf(fetch), { onAnswer: () => undefined.x }), TypeError);
  assert.equal(fetch.asked.length, 2);
});

test("a version that is still the newest", async () => {
  const fetch = fakeFetch(() => new Response(null, { status: 304 }));
  await assert.rejects(clientOf(fetch).getBot({ botId: "b" }, { ifNoneMatch: '"1"' }), MaitreNotModified);
  assert.equal(fetch.asked[0].headers["If-None-Match"], '"1"');
});

test("a list with cursors is asked for page by page, and no further than read", async () => {
  const pages = () => fakeFetch(json({ data: [1, 2], nextCursor: "n", hasMore: true }), json({ data: [3], nextCursor: null, hasMore: false }));
  const fetch = pages();
  const rows = [];
  for await (const row of clientOf(fetch).pages.listBots({ limit: 2 })) rows.push(row);
  assert.deepEqual(rows, [1, 2, 3]);
  assert.deepEqual(fetch.asked.map((request) => request.address.split("?")[1]), ["limit=2", "limit=2&cursor=n"]);
  const half = pages();
  for await (const row of clientOf(half).pages.listBots()) if (row === 2) break;
  assert.equal(half.asked.length, 1);
});

test("numbered pages, and an empty one ends", async () => {
  const more = (data) => json({ data, pagination: { hasMore: true } });
  const fetch = fakeFetch(more([1, 2]), more([3]), more([]));
  const rows = [];
  for await (const row of clientOf(fetch).pages.listMerchants()) rows.push(row);
  assert.deepEqual(rows, [1, 2, 3]);
  assert.deepEqual(fetch.asked.map((request) => request.address.split("?")[1]), ["offset=0", "offset=2", "offset=3"]);
});

test("messages since one that is known", async () => {
  const fetch = fakeFetch(json({ data: [{ sequence: 5 }, { sequence: 6 }], hasMore: true }), json({ data: [{ sequence: 9 }], hasMore: false }));
  const seen = [];
  for await (const message of clientOf(fetch).messagesSince("c", 4)) seen.push(message.sequence);
  assert.deepEqual(seen, [5, 6, 9]);
  assert.deepEqual(fetch.asked.map((request) => new URL(request.address).searchParams.get("since")), ["4", "6"]);
});

test("usage: one credential of two, one shape of two", async () => {
  const record = { restaurantId: "r", restaurantName: "R" };
  const both = { data: [record, record], pagination: { total: 2, limit: 20, offset: 0, hasMore: false } };
  const sent = async (answer, pat, key, restaurant, ask = (client) => client.listUsage()) => {
    const fetch = fakeFetch(json(answer));
    const result = await ask(new UsageApiClient("https://m.example/api", pat, key, restaurant, { fetch }));
    return { result, ...fetch.asked[0] };
  };
  const own = await sent(record, "mtr_pat_1", "mtr_admin_1", "r");
  assert.deepEqual([own.headers.Authorization, own.headers["X-API-Key"], own.headers["X-Restaurant-Id"]], ["Bearer mtr_pat_1", undefined, "r"]);
  assert.deepEqual(own.result, { data: [record], pagination: { total: 1, limit: 20, offset: 0, hasMore: false } });
  const all = await sent(both, "mtr_pat_1", "mtr_admin_1", null);
  assert.deepEqual([all.headers.Authorization, all.headers["X-API-Key"], all.headers["X-Restaurant-Id"]], [undefined, "mtr_admin_1", undefined]);
  assert.deepEqual(all.result, both);
  const one = await sent(record, null, "mtr_admin_1", null, (client) => client.getUsage("x"));
  assert.equal(one.address, "https://m.example/api/v1/usage/x");
  const mine = await sent(record, null, "mtr_live_1", null, (client) => client.getUsage());
  assert.equal(mine.address, "https://m.example/api/v1/usage");
  await assert.rejects(sent(record, null, "mtr_admin_1", null, (client) => client.getUsage()), TypeError);
});
