import { errorOf, isProblem, MaitreConnectionError } from "./errors.js";
import type { LoginIn, SessionTokens } from "./generated/schemas.js";
import type { Credential } from "./transport.js";

export interface SessionOptions {
  baseUrl: string;
  fetch?: typeof fetch;
  /** Told when the session is over, however it ended: show the login. */
  onEnd?: () => void;
}

/** Renew this long before the end, so that no request sets out with a token that ends on its way. Milliseconds. */
const margin = 20_000;

/**
 * A person's session: `login`, and it is a credential for a client that renews itself until `logout`.
 *
 * The refresh token is in a cookie: the browser keeps it where scripts cannot read it; outside a browser it is kept here.
 */
export class Session implements Credential {
  private readonly jar = new Map<string, string>();
  private token: { value: string; endsAt: number } | undefined;
  private renewing: Promise<boolean> | undefined;
  private readonly base: string;

  constructor(private readonly options: SessionOptions) {
    this.base = options.baseUrl.replace(/\/+$/, "").replace(/\/api(\/v1)?$/, "") + "/api/v1/auth";
  }

  get isOpen(): boolean {
    return this.token !== undefined;
  }

  async login(login: LoginIn): Promise<SessionTokens> {
    const answer = (await this.ask("login", login)) as SessionTokens;
    this.keep(answer);
    return answer;
  }

  /** Takes up the session that this browser still has, after a reload. False when there is none. */
  resume(): Promise<boolean> {
    return this.renew();
  }

  async logout(): Promise<void> {
    await this.ask("logout", undefined);
    this.end();
  }

  async headers(): Promise<Record<string, string>> {
    if (this.token && this.token.endsAt - margin < Date.now()) await this.renew();
    return this.token ? { Authorization: `Bearer ${this.token.value}` } : {};
  }

  /** One renewal for all requests that find the token too old at once: a refresh token is good for one use. */
  renew(): Promise<boolean> {
    this.renewing ??= this.refresh().finally(() => {
      this.renewing = undefined;
    });
    return this.renewing;
  }

  private async refresh(): Promise<boolean> {
    try {
      this.keep((await this.ask("refresh", undefined)) as SessionTokens);
      return true;
    } catch (error) {
      if (!isProblem(error) || error.status !== 401) throw error;
      this.end();
      return false;
    }
  }

  private keep(answer: SessionTokens): void {
    this.token = { value: answer.accessToken, endsAt: Date.now() + answer.expiresIn * 1000 };
  }

  private end(): void {
    const wasOpen = this.token !== undefined;
    this.token = undefined;
    this.jar.clear();
    if (wasOpen) this.options.onEnd?.();
  }

  private async ask(path: string, body: unknown): Promise<unknown> {
    const headers: Record<string, string> = { Accept: "application/json" };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    // A browser says by itself where a request comes from; the API asks it of everyone, so that no other site can use a session.
    if (typeof document === "undefined") headers.Origin = new URL(this.base).origin;
    if (this.jar.size > 0) headers.Cookie = [...this.jar].map(([name, value]) => `${name}=${value}`).join("; ");
    let response: Response;
    try {
      response = await (this.options.fetch ?? fetch)(`${this.base}/${path}`, {
        method: "POST",
        headers,
        body: body === undefined ? null : JSON.stringify(body),
        credentials: "include",
        redirect: "error",
      });
    } catch (error) {
      throw new MaitreConnectionError(`POST ${this.base}/${path} got no answer`, error);
    }
    this.store(response);
    if (!response.ok) throw await errorOf(response);
    const text = await response.text();
    return text === "" ? undefined : JSON.parse(text);
  }

  /** Outside a browser `fetch` keeps no cookies and shows them; inside it shows none. */
  private store(response: Response): void {
    const lines = (response.headers as Headers & { getSetCookie?(): string[] }).getSetCookie?.() ?? [];
    for (const line of lines) {
      const match = /^([^=;]+)=([^;]*)(.*)$/.exec(line);
      if (!match) continue;
      const [, name = "", value = "", attributes = ""] = match;
      if (value === "" || /;\s*max-age=0\b/i.test(attributes)) this.jar.delete(name.trim());
      else this.jar.set(name.trim(), value);
    }
  }
}
