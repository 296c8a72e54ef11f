// Compiled, not run: what must be accepted is, and what must be refused is marked. `tsc -p test` fails when a mark is not needed.
import { isProblem, MaitreClient, UsageApiClient, type Conversation, type Message, type MessageIn, type ProblemCode, type UsageRecord } from "../src/index.js";

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
const yes = <T extends true>(): T => true as T;

export async function types(client: MaitreClient): Promise<void> {
  const conversation = await client.getConversation({ conversationId: "c" });
  yes<Same<typeof conversation, Conversation>>();
  yes<Same<Conversation["mode"], "bot" | "agent" | "paused" | "closed">>();
  yes<Same<Conversation["groupId"], string | null>>();
  for await (const message of client.pages.listMessages({ conversationId: "c", limit: 10 })) yes<Same<typeof message, Message>>();

  // @ts-expect-error the path has a parameter
  await client.getConversation();
  // @ts-expect-error misspelt
  await client.listConversations({ modus: "bot" });
  // @ts-expect-error no such mode
  await client.listConversations({ mode: "asleep" });
  // @ts-expect-error the loop has the cursor
  client.pages.listBots({ cursor: "c" });
  // @ts-expect-error a loop by `since` is messagesSince
  client.pages.listMessages({ conversationId: "c", since: 1 });

  const texts: MessageIn[] = [{ type: "text", text: { body: "Hello" } }, { type: "interactive", interactive: { type: "location_request", body: "Where?" } }];
  await client.sendMessage({ conversationId: "c" }, texts[0] as MessageIn, { idempotencyKey: "k" });
  // @ts-expect-error the member named as the type is missing
  await client.sendMessage({ conversationId: "c" }, { type: "text" });
  // @ts-expect-error a member of another type
  await client.sendMessage({ conversationId: "c" }, { type: "text", image: { link: "https://x.example" } });
  await client.markConversationRead({ conversationId: "c" });
  await client.markConversationRead({ conversationId: "c" }, { typing: true });

  const usage = new UsageApiClient("https://m.example", null, "mtr_admin_1");
  yes<Same<Awaited<ReturnType<typeof usage.getUsage>>, UsageRecord>>();
  yes<Same<UsageRecord["lastConversationAt"], string | null>>();
  // @ts-expect-error all limits at once
  await usage.setAllowances("r", { dailyLimit: 1 });
}

export function codes(error: unknown): void {
  // Known ones are offered, further ones may come.
  const known: ProblemCode = "service_window_closed";
  const further: ProblemCode = "not_invented_yet";
  if (isProblem(error, known, further)) yes<Same<typeof error.resetsAt, Date | undefined>>();
}
