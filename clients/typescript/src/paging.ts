/** The rows of a list with cursors, page by page, as they are asked for. */
export async function* byCursor<Row>(
  page: (cursor: string | undefined) => Promise<{ data: Row[]; nextCursor: string | null }>,
): AsyncGenerator<Row, void, undefined> {
  let cursor: string | undefined;
  do {
    const { data, nextCursor } = await page(cursor);
    yield* data;
    cursor = nextCursor ?? undefined;
  } while (cursor !== undefined);
}

/** The rows of a list with numbered pages. */
export async function* byOffset<Row>(
  page: (offset: number) => Promise<{ data: Row[]; pagination: { hasMore: boolean } }>,
): AsyncGenerator<Row, void, undefined> {
  let offset = 0;
  for (;;) {
    const { data, pagination } = await page(offset);
    yield* data;
    offset += data.length;
    if (!pagination.hasMore || data.length === 0) return;
  }
}
