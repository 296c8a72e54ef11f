import { useEffect, useState, type ReactElement } from "react";
import { isProblem, type Usage, type UsageApiClient } from "../src/index.js";

export interface UsageViewProps {
  client: Pick<UsageApiClient, "listUsage">;
  /** Records on a page. */
  pageSize?: number;
  /** As in `Intl`; the browser's without it. */
  locale?: string;
  /** Called with the restaurant of a row that was chosen; without it rows cannot be chosen. */
  onChoose?: (record: Usage) => void;
}

type State = { kind: "loading" } | { kind: "failed"; text: string } | { kind: "loaded"; records: Usage[]; total: number };

/** What restaurants have used and what is left: one restaurant with its own credential, all of them, page by page, with the platform's. */
export function UsageView({ client, pageSize = 20, locale, onChoose }: UsageViewProps): ReactElement {
  const [offset, setOffset] = useState(0);
  const [attempt, setAttempt] = useState(0);
  const [state, setState] = useState<State>({ kind: "loading" });

  useEffect(() => {
    const aborter = new AbortController();
    setState({ kind: "loading" });
    client.listUsage({ limit: pageSize, offset }, { signal: aborter.signal }).then(
      ({ data, pagination }) => setState({ kind: "loaded", records: data, total: pagination.total }),
      (error: unknown) => {
        // The page was left, or turned before this one came.
        if (!aborter.signal.aborted) setState({ kind: "failed", text: isProblem(error) ? error.detail : "Maitre does not answer." });
      },
    );
    return () => aborter.abort();
  }, [client, pageSize, offset, attempt]);

  if (state.kind === "loading") return <p role="status">Loading…</p>;
  if (state.kind === "failed") {
    return (
      <div role="alert">
        <p>{state.text}</p>
        <button type="button" onClick={() => setAttempt(attempt + 1)}>Try again</button>
      </div>
    );
  }
  const last = Math.min(offset + state.records.length, state.total);
  return (
    <section className="usage" aria-label="Usage">
      <div className="usage-table">
        <table>
          <thead>
            <tr>
              <th scope="col">Restaurant</th>
              <th scope="col">Conversations this month</th>
              <th scope="col">Messages today</th>
              <th scope="col">Last conversation</th>
            </tr>
          </thead>
          <tbody>
            {state.records.map((record) => <UsageRow key={record.restaurantId} record={record} locale={locale} onChoose={onChoose} />)}
          </tbody>
        </table>
      </div>
      {state.records.length === 0 && <p>No restaurants yet.</p>}
      {state.total > pageSize && (
        <nav aria-label="Pages">
          <button type="button" disabled={offset === 0} onClick={() => setOffset(Math.max(0, offset - pageSize))}>Previous</button>
          <bdi role="status">{`${offset + 1} – ${last} of ${new Intl.NumberFormat(locale).format(state.total)}`}</bdi>
          <button type="button" disabled={last >= state.total} onClick={() => setOffset(offset + pageSize)}>Next</button>
        </nav>
      )}
    </section>
  );
}

function UsageRow({ record, locale, onChoose }: { record: Usage; locale: string | undefined; onChoose: ((record: Usage) => void) | undefined }): ReactElement {
  const { dailyLimit, dailyRemaining, monthlyLimit } = record.allowance;
  return (
    <tr className={record.isActive ? undefined : "inactive"}>
      <th scope="row">
        {onChoose ? <button type="button" onClick={() => onChoose(record)}>{record.restaurantName}</button> : <bdi>{record.restaurantName}</bdi>}
        {!record.isActive && <small> <bdi>not active</bdi></small>}
      </th>
      <td><Amount used={record.conversationsThisMonth} limit={monthlyLimit} locale={locale} what="conversations" /></td>
      <td><Amount used={dailyLimit - dailyRemaining} limit={dailyLimit} locale={locale} what="messages" /></td>
      <td>{record.lastConversationAt === null ? "never" : <Moment at={record.lastConversationAt} locale={locale} />}</td>
    </tr>
  );
}

/** A figure with a bar; told apart by words as well as by colour. */
function Amount({ used, limit, locale, what }: { used: number; limit: number; locale: string | undefined; what: string }): ReactElement {
  const format = new Intl.NumberFormat(locale);
  const share = limit > 0 ? used / limit : 1;
  const level = share >= 1 ? "exhausted" : share >= 0.8 ? "warning" : "fine";
  return (
    <div className={`amount ${level}`}>
      <bdi>{`${format.format(used)} of ${format.format(limit)}`}</bdi>
      {level === "exhausted" && <strong> used up</strong>}
      <meter min={0} max={Math.max(limit, 1)} high={limit * 0.8} optimum={0} value={Math.min(used, limit)} aria-label={`${what}: ${used} of ${limit}`} />
    </div>
  );
}

function Moment({ at, locale }: { at: string; locale: string | undefined }): ReactElement {
  return <time dateTime={at}>{new Intl.DateTimeFormat(locale, { dateStyle: "medium", timeStyle: "short" }).format(new Date(at))}</time>;
}
