// Against a running `maitre dev`; DEV_DEMO names its demo.json.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { before, test } from "node:test";
import { apiKey, isProblem, MaitreClient, MaitreNotModified, personalAccessToken, Session, UsageApiClient } from "../dist/index.js";

const demo = JSON.parse(await readFile(process.env.DEV_DEMO, "utf8"));
const { baseUrl } = demo;
const merchant = demo.merchants.find((one) => one.locale === "en");
const restaurantId = merchant.restaurantId;
const other = demo.merchants.find((one) => one !== merchant).restaurantId;
const person = new MaitreClient({ baseUrl, credential: personalAccessToken(merchant.pat), restaurantId });
const platform = new MaitreClient({ baseUrl, credential: apiKey(demo.platformKey) });
const unknown = "01938f5e-0000-7000-8000-000000000001";

async function all(rows) {
  const list = [];
  for await (const row of rows) list.push(row);
  return list;
}

const latest = async (number) => (await person.listConversations({ q: number })).data[0]?.lastSequence ?? 0;

/** A customer writes, and the bot has answered. */
async function write(number) {
  const before = await latest(number);
  const message = { phoneNumberId: merchant.channels[0].phoneNumberId, name: "Sara", message: { type: "text", text: { body: "hello" } } };
  const headers = { "content-type": "application/json" };
  const answer = await fetch(`${baseUrl}/simulator/customers/${number}/messages`, { method: "POST", body: JSON.stringify(message), headers });
  assert.ok(answer.ok, await answer.text());
  const end = Date.now() + 30_000;
  while ((await latest(number)) < before + 2) {
    assert.ok(Date.now() < end, `the bot has not answered ${number}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const numbers = ["447700900411", "447700900412", "447700900413"];
let conversation;

before(async () => {
  for (const number of numbers) await write(number);
  [conversation] = (await person.listConversations({ q: numbers[0] })).data;
});

test("a list page by page is the list at once", async () => {
  const once = await all(person.pages.listConversations({}));
  const bit = await all(person.pages.listConversations({ limit: 1 }));
  assert.ok(once.length >= numbers.length);
  assert.deepEqual(bit.map((row) => row.id), once.map((row) => row.id));
});

test("a message is sent once, however often it is asked for", async () => {
  const body = { type: "text", text: { body: "Your table is ready." } };
  const heads = [];
  const idempotencyKey = `live-${Date.now()}`;
  const send = () => person.sendMessage({ conversationId: conversation.id }, body, { idempotencyKey, onAnswer: (head) => heads.push(head) });
  const [first, second] = [await send(), await send()];
  assert.deepEqual(second, first);
  assert.deepEqual(heads.map((head) => [head.status, head.isReplay]), [[201, false], [201, true]]);
  assert.ok(heads[0].location.endsWith(`/messages/${first.id}`));
  assert.equal((await person.getMessage({ conversationId: conversation.id, messageId: first.id })).text.body, body.text.body);
  const since = await all(person.messagesSince(conversation.id, first.sequence - 1));
  assert.deepEqual(since.map((message) => message.id), [first.id]);
  const another = person.sendMessage({ conversationId: conversation.id }, { ...body, text: { body: "Another." } }, { idempotencyKey });
  await assert.rejects(another, { code: "idempotency_key_reused" });
});

test("a key is made once, however often it is asked for, and its token comes again", async () => {
  const idempotencyKey = `live-${Date.now()}`;
  const heads = [];
  const make = (name = "Till") => person.createApiKey({ name, scopes: ["bots:read"] }, { idempotencyKey, onAnswer: (head) => heads.push(head) });
  const [first, second] = [await make(), await make()];
  assert.deepEqual(second, first);
  assert.deepEqual(heads.map((head) => head.isReplay), [false, true]);
  await assert.rejects(make("Other"), { code: "idempotency_key_reused" });
  const rolled = await person.rollApiKey({ keyId: first.id }, { overlapSeconds: 0 }, { idempotencyKey });
  assert.notEqual(rolled.token, first.token);
  assert.deepEqual(await person.rollApiKey({ keyId: first.id }, { overlapSeconds: 0 }, { idempotencyKey }), rolled);
  await person.revokeApiKey({ keyId: rolled.id });
});

test("messages since the beginning are those of the list, turned round", async () => {
  const newestFirst = await all(person.pages.listMessages({ conversationId: conversation.id, limit: 2 }));
  const oldestFirst = await all(person.messagesSince(conversation.id));
  assert.deepEqual(oldestFirst.map((message) => message.sequence), newestFirst.map((message) => message.sequence).reverse());
});

test("changes and versions", async () => {
  let etag;
  const paused = await person.updateConversation({ conversationId: conversation.id }, { mode: "paused" });
  assert.equal(paused.mode, "paused");
  await person.getConversation({ conversationId: conversation.id }, { onAnswer: (head) => ({ etag } = head) });
  await assert.rejects(person.getConversation({ conversationId: conversation.id }, { ifNoneMatch: etag }), MaitreNotModified);
  assert.equal((await person.updateConversation({ conversationId: conversation.id }, { mode: "bot" })).mode, "bot");
  assert.equal((await person.getConversation({ conversationId: conversation.id }, { ifNoneMatch: etag })).mode, "bot");
});

test("refusals are told by their codes", async () => {
  const codes = [
    [() => person.getConversation({ conversationId: unknown }), "not_found"],
    [() => person.listBots({}, { restaurantId: other }), "restaurant_forbidden"],
    [() => person.listMerchants(), "forbidden"],
    [() => person.listBots({ cursor: "made-up" }), "invalid_cursor"],
    [() => new MaitreClient({ baseUrl, credential: apiKey("mtr_live_wrong") }).listBots(), "invalid_credential"],
    [() => new MaitreClient({ baseUrl }).listBots(), "credential_required"],
    [() => new MaitreClient({ baseUrl, credential: personalAccessToken(merchant.pat) }).listBots(), "restaurant_required"],
  ];
  for (const [ask, code] of codes) await assert.rejects(ask(), (error) => isProblem(error, code) && error.requestId !== "", code);
});

test("all wrong members are named at once", async () => {
  const error = await person.createBot({ name: "", colour: "red" }).catch((thrown) => thrown);
  assert.ok(isProblem(error, "validation_failed"));
  assert.deepEqual(error.errors.map((one) => one.pointer).sort(), ["/colour", "/name"]);
});

test("the platform reads numbered pages", async () => {
  const merchants = await all(platform.pages.listMerchants({ limit: 1 }));
  assert.deepEqual(merchants.map((one) => one.id).sort(), demo.merchants.map((one) => one.restaurantId).sort());
});

test("health needs no credential", async () => {
  const health = await new MaitreClient({ baseUrl }).getHealth();
  assert.equal(health.database, "connected");
});

test("L1, K3: usage of one restaurant by its token, of all by the platform's key", async () => {
  const own = await new UsageApiClient(baseUrl, merchant.pat, undefined, restaurantId).listUsage();
  assert.deepEqual(own.data.map((record) => record.restaurantId), [restaurantId]);
  assert.ok(own.data[0].conversationsThisMonth >= numbers.length);
  assert.equal(own.data[0].allowance.monthlyRemaining, own.data[0].allowance.monthlyLimit - own.data[0].conversationsThisMonth);

  const admin = new UsageApiClient(`${baseUrl}/api`, undefined, demo.platformKey);
  const page = await admin.listUsage({ limit: 2 });
  assert.deepEqual([page.data.length, page.pagination.limit, page.pagination.hasMore], [2, 2, true]);
  assert.deepEqual((await all(admin.eachUsage())).map((record) => record.restaurantId).sort(), demo.merchants.map((one) => one.restaurantId).sort());

  const record = await admin.getUsage(restaurantId);
  assert.equal(record.history.length, 6);
  assert.equal(record.history[0].conversationCount, record.conversationsThisMonth);
  assert.equal((await new UsageApiClient(baseUrl, merchant.pat, undefined, restaurantId).getUsage()).conversationsThisMonth, record.conversationsThisMonth);
});

test("I3: allowances are set by the platform and read by the restaurant", async () => {
  const admin = new UsageApiClient(baseUrl, undefined, demo.platformKey);
  const own = new UsageApiClient(baseUrl, merchant.pat, undefined, restaurantId);
  const { dailyLimit, monthlyLimit, perMinute } = await admin.getAllowances(restaurantId);
  try {
    const set = await admin.setAllowances(restaurantId, { dailyLimit: 777, monthlyLimit, perMinute });
    assert.equal(set.dailyLimit, 777);
    assert.equal((await own.getAllowances()).dailyLimit, 777);
    await assert.rejects(own.setAllowances(restaurantId, { dailyLimit: 1, monthlyLimit, perMinute }), (error) => isProblem(error, "forbidden"));
  } finally {
    await admin.setAllowances(restaurantId, { dailyLimit, monthlyLimit, perMinute });
  }
});

test("A6: a person logs in, works, renews the session and ends it", async () => {
  const session = new Session({ baseUrl });
  await assert.rejects(session.login({ email: merchant.email, password: "not the password" }), (error) => isProblem(error) && error.status === 401);
  await session.login({ email: merchant.email, password: merchant.password });
  const client = new MaitreClient({ baseUrl, credential: session, restaurantId });
  assert.equal((await client.listBots()).data[0].id, merchant.botId);
  const before = (await session.headers()).Authorization;
  assert.equal(await session.renew(), true);
  assert.notEqual((await session.headers()).Authorization, before);
  assert.equal((await client.listBots()).data.length > 0, true);

  const revoked = await session.headers();
  await session.logout();
  // Every node knows within a second.
  const end = Date.now() + 1000;
  const status = async () => (await fetch(`${baseUrl}/api/v1/bots`, { headers: { ...revoked, "X-Restaurant-Id": restaurantId } })).status;
  while ((await status()) !== 401) assert.ok(Date.now() < end, "the access token still works");
  assert.equal(await session.resume(), false);
});
