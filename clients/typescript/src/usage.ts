import { MaitreClient } from "./client.js";
import { apiKey, personalAccessToken } from "./credentials.js";
import type { Allowances, AllowancesIn, Usage, UsageMonth, UsagePage } from "./generated/schemas.js";
import { byOffset } from "./paging.js";
import type { RequestOptions } from "./request.js";
import type { TransportOptions } from "./transport.js";

/** A restaurant's record; the platform also gets the last months, newest first. */
export type UsageRecord = Usage & { history?: UsageMonth[] };

/**
 * What restaurants have used. With a person's token (and a restaurant) or a merchant key: that restaurant; with a platform key: all of them.
 *
 *     await new UsageApiClient("https://maitre.example", undefined, "mtr_admin_…").listUsage({ limit: 100 })
 */
export class UsageApiClient {
  private readonly client: MaitreClient;
  private readonly isPlatform: boolean;

  /** Of a token and a key one is sent: the token when a restaurant is named, else the key. */
  constructor(baseUrl: string, pat?: string | null, key?: string | null, private readonly restaurantId?: string | null, options: Partial<TransportOptions> = {}) {
    const token = pat && (restaurantId || !key) ? pat : undefined;
    this.isPlatform = !token && (key ?? "").startsWith("mtr_admin_");
    const credential = token ? personalAccessToken(token) : key ? apiKey(key) : undefined;
    this.client = new MaitreClient({ credential, ...options, baseUrl, restaurantId: restaurantId ?? undefined });
  }

  /** A page of records; one of a single record where the credential is a restaurant's. */
  async listUsage(page: { limit?: number; offset?: number } = {}, options?: RequestOptions): Promise<UsagePage> {
    const answer = await this.client.getUsage(page, options);
    if ("data" in answer) return answer;
    return { data: [answer], pagination: { total: 1, limit: page.limit ?? 20, offset: 0, hasMore: false } };
  }

  /** All records, page by page. */
  eachUsage(options?: RequestOptions): AsyncGenerator<Usage, void, undefined> {
    return byOffset((offset) => this.listUsage({ limit: 100, offset }, options));
  }

  /** One restaurant's record: the client's own, or with a platform key anyone's, with its history. */
  async getUsage(restaurantId: string | null | undefined = this.restaurantId, options?: RequestOptions): Promise<UsageRecord> {
    if (this.isPlatform) {
      if (!restaurantId) throw new TypeError("getUsage with a platform key needs the id of a restaurant");
      return this.client.getRestaurantUsage({ restaurantId }, options);
    }
    const answer = await this.client.getUsage({}, restaurantId ? { ...options, restaurantId } : options);
    if ("data" in answer) throw new TypeError("getUsage needs the id of a restaurant");
    return answer;
  }

  /** The limits, what is left of them, and when the next day and month begin. */
  getAllowances(restaurantId: string | null | undefined = this.restaurantId, options?: RequestOptions): Promise<Allowances> {
    if (this.isPlatform && restaurantId) return this.client.getRestaurantAllowances({ restaurantId }, options);
    return this.client.getAllowances(restaurantId ? { ...options, restaurantId } : options);
  }

  /** Sets all limits of a restaurant; for platform keys. */
  setAllowances(restaurantId: string, allowances: AllowancesIn, options?: RequestOptions): Promise<Allowances> {
    return this.client.setRestaurantAllowances({ restaurantId }, allowances, options);
  }
}
