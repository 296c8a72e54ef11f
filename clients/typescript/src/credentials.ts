import type { Credential } from "./transport.js";

/** A key of a restaurant (`mtr_live_…`) or of the platform (`mtr_admin_…`). */
export function apiKey(key: string): Credential {
  return { headers: () => ({ "X-API-Key": key }) };
}

/** A personal access token (`mtr_pat_…`). */
export function personalAccessToken(token: string): Credential {
  return { headers: () => ({ Authorization: `Bearer ${token}` }) };
}
