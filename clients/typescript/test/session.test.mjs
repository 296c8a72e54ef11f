import assert from "node:assert/strict";
import { test } from "node:test";
import { isProblem, MaitreClient, Session } from "../dist/index.js";
import { broken, fakeFetch, json, problem } from "./fake.mjs";

const page = { data: [], nextCursor: null, hasMore: false };
const login = { email: "a@b.example", password: "p" };
const attributes = "Path=/; Max-Age=604800; Secure; HttpOnly; SameSite=Strict";
const grant = (accessToken, cookie, expiresIn = 600) =>
  json({ accessToken, tokenType: "Bearer", expiresIn }, { headers: { "set-cookie": `__Host-maitre_refresh=${cookie}; ${attributes}` } });

function opened(api, ...answers) {
  const auth = fakeFetch(...answers);
  let ends = 0;
  const session = new Session({ baseUrl: "https://m.example/api/v1", fetch: auth, onEnd: () => ends++ });
  const client = new MaitreClient({ baseUrl: "https://m.example", credential: session, fetch: api, retries: { attempts: 1 } });
  return { session, client, auth, ends: () => ends };
}

test("login, and requests carry the token", async () => {
  const api = fakeFetch(json(page));
  const { session, client, auth } = opened(api, grant("one", "r1"));
  await session.login({ ...login, totp: "123456" });
  await client.listBots();
  assert.equal(auth.asked[0].address, "https://m.example/api/v1/auth/login");
  assert.deepEqual(JSON.parse(auth.asked[0].body), { ...login, totp: "123456" });
  assert.equal(auth.asked[0].headers.Origin, "https://m.example");
  assert.equal(api.asked[0].headers.Authorization, "Bearer one");
  assert.equal(session.isOpen, true);
});

test("a refused login says why", async () => {
  const { session } = opened(fakeFetch(json(page)), problem(401, "invalid_credential"));
  await assert.rejects(session.login(login), (error) => isProblem(error, "invalid_credential"));
  assert.equal(session.isOpen, false);
});

test("a token that is near its end is renewed first, once for all who wait", async () => {
  const api = fakeFetch(json(page));
  const { session, client, auth } = opened(api, grant("old", "r1", 10), grant("new", "r2"));
  await session.login(login);
  await Promise.all([client.listBots(), client.listBots(), client.listBots()]);
  assert.equal(auth.asked.length, 2);
  assert.equal(auth.asked[1].headers.Cookie, "__Host-maitre_refresh=r1");
  assert.deepEqual(api.asked.map((request) => request.headers.Authorization), ["Bearer new", "Bearer new", "Bearer new"]);
});

test("a token that is not taken is renewed and the request repeated, once", async () => {
  const api = fakeFetch(problem(401, "invalid_credential"), json(page));
  const { session, client } = opened(api, grant("one", "r1"), grant("two", "r2"));
  await session.login(login);
  await client.listBots();
  assert.deepEqual(api.asked.map((request) => request.headers.Authorization), ["Bearer one", "Bearer two"]);

  const always = fakeFetch(problem(401, "invalid_credential"));
  const other = opened(always, grant("one", "r1"), grant("two", "r2"));
  await other.session.login(login);
  await assert.rejects(other.client.listBots(), { code: "invalid_credential" });
  assert.equal(always.asked.length, 2);
  assert.equal(other.auth.asked.length, 2);
});

test("a session that is over says so once, and the request fails as it did", async () => {
  const { session, client, ends } = opened(fakeFetch(problem(401, "invalid_credential")), grant("one", "r1"), problem(401, "invalid_credential"));
  await session.login(login);
  await assert.rejects(client.listBots(), { code: "invalid_credential" });
  assert.equal(session.isOpen, false);
  assert.equal(ends(), 1);
});

test("a renewal that got no answer does not end the session", async () => {
  const { session, client, ends } = opened(fakeFetch(json(page)), grant("old", "r1", 1), broken, grant("new", "r2"));
  await session.login(login);
  await assert.rejects(client.listBots());
  await client.listBots();
  assert.equal(ends(), 0);
});

test("resume takes up what the browser has, or says that there is nothing", async () => {
  assert.equal(await opened(fakeFetch(json(page)), grant("one", "r1")).session.resume(), true);
  assert.equal(await opened(fakeFetch(json(page)), problem(401, "credential_required")).session.resume(), false);
});

test("logout forgets token and cookie", async () => {
  const cleared = () => new Response(null, { status: 204, headers: { "set-cookie": "__Host-maitre_refresh=; Path=/; Max-Age=0" } });
  const { session, auth, ends } = opened(fakeFetch(json(page)), grant("one", "r1"), cleared, problem(401, "credential_required"));
  await session.login(login);
  await session.logout();
  assert.deepEqual(await session.headers(), {});
  assert.equal(await session.resume(), false);
  assert.equal(auth.asked[2].headers.Cookie, undefined);
  assert.equal(ends(), 1);
});
