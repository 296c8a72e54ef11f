// Dead letters: found, read, replayed, discarded.

import { ask } from './api.js';
import { confirm, say } from './dialog.js';
import { ago, make, moment, number, plural, setText } from './format.js';

const body = document.getElementById('letter-rows');
const table = document.getElementById('letters');
const none = document.getElementById('letters-none');
const more = document.getElementById('more');
const filter = document.getElementById('filter');
const queue = document.getElementById('filter-queue');
const kind = document.getElementById('filter-kind');
const merchant = document.getElementById('filter-merchant');
const help = document.getElementById('filter-help');
const all = { replay: document.getElementById('replay-all'), discard: document.getElementById('discard-all') };
const details = document.getElementById('details');

const PAGE = 25;
/** What was last searched for; what stands in the fields counts when it is. */
let wanted = {};
let rows = new Map();
let next = null;
/** Rises with every search, so that a late answer to an earlier one is not shown. */
let search = 0;
let changed = () => {};

/** Calls `handler` after letters were replayed or discarded, or could not be. */
export function onChange(handler) { changed = handler; }

/** Offers these queues in the filter. */
export function offer(names) {
  const known = [...queue.options].slice(1).map((option) => option.value);
  if (known.join() === names.join()) return;
  const chosen = queue.value;
  queue.replaceChildren(make('option', { value: '' }, 'All'), ...names.map((name) => make('option', { value: name }, name)));
  queue.value = names.includes(chosen) ? chosen : '';
}

/** Shows the first page again. Where the reader has gone further, nothing is taken away. */
export async function loadLetters() {
  if (rows.size > PAGE) return;
  const mine = search;
  const page = await fetchPage();
  if (mine !== search) return;
  show(page, false);
}

/** For another reader. */
export function clearLetters() {
  search += 1;
  rows = new Map();
  next = null;
  body.replaceChildren();
  none.hidden = true;
  more.hidden = true;
}

function fetchPage(cursor) {
  const query = new URLSearchParams({ limit: PAGE, ...wanted });
  if (cursor) query.set('cursor', cursor);
  return ask('GET', `/jobs/dead-letters?${query}`);
}

function show(page, isFurther) {
  const kept = isFurther ? new Map(rows) : new Map();
  for (const letter of page.data) kept.set(letter.id, renewed(letter) ?? add(letter));
  // Rows that stay are not touched: one of their buttons may have the focus.
  for (const [id, row] of rows) if (!kept.has(id)) row.remove();
  let before = null;
  for (const row of kept.values()) {
    const place = before ? before.nextSibling : body.firstChild;
    if (place !== row) body.insertBefore(row, place);
    before = row;
  }
  rows = kept;
  next = page.nextCursor;
  more.hidden = !next;
  none.hidden = rows.size > 0;
  table.hidden = rows.size === 0;
  setText(none, Object.keys(wanted).length ? 'No dead letter is like this.' : 'No dead letters: nothing was given up in the last 90 days.');
  const isOfQueue = Boolean(wanted.queue) && rows.size > 0;
  for (const button of Object.values(all)) button.disabled = !isOfQueue;
  help.hidden = isOfQueue || rows.size === 0;
}

/** The row that is there already, with the time that has gone by since. */
function renewed(letter) {
  const row = rows.get(letter.id);
  if (row) setText(row.querySelector('time'), ago(letter.diedAt).textContent);
  return row;
}

function add(letter) {
  const reason = make('span', {}, letter.reason);
  const about = `${letter.kind}, job ${letter.id}`;
  return make('tr', { role: 'row' },
    make('td', { class: 'when', role: 'cell' }, ago(letter.diedAt)),
    make('td', { role: 'cell' }, make('strong', {}, letter.kind), ` in ${letter.queue}`, make('br'),
      make('small', {}, `no. ${letter.id}, ${plural(letter.attempts, 'attempt', 'attempts')}`)),
    make('td', { role: 'cell', 'data-label': 'Restaurant' }, make('span', { class: 'id' }, letter.merchantId)),
    make('td', { class: 'reason', role: 'cell', 'data-label': 'Reason' }, reason),
    make('td', { class: 'what', role: 'cell' },
      make('button', { type: 'button', 'aria-label': `Details of ${about}`, onclick: () => open(letter.id) }, 'Details'),
      make('button', { type: 'button', 'aria-label': `Replay ${about}`, onclick: () => replay(letter) }, 'Replay'),
      make('button', { type: 'button', class: 'danger', 'aria-label': `Discard ${about}`, onclick: () => discard(letter) }, 'Discard')));
}

/** Takes a row away and gives the focus to its neighbour, so that it is not lost. */
function drop(id) {
  const row = rows.get(id);
  const neighbour = row?.nextElementSibling ?? row?.previousElementSibling;
  row?.remove();
  rows.delete(id);
  (neighbour?.querySelector('button') ?? queue).focus();
}

async function replay(letter) {
  const text = `Job ${letter.id} (${letter.kind}) goes back into ${letter.queue} with all its attempts, behind what waits there for the same key.`;
  if (!await confirm('Replay this job?', text, 'Replay')) return;
  await act(async () => {
    const job = await ask('POST', `/jobs/dead-letters/${letter.id}/replay`);
    drop(letter.id);
    say(`It runs again as job ${job.id}.`);
  });
}

async function discard(letter) {
  const text = `Job ${letter.id} (${letter.kind}) is deleted. Nobody can bring it back.`;
  if (!await confirm('Discard this job?', text, 'Discard', true)) return;
  await act(async () => {
    await ask('DELETE', `/jobs/dead-letters/${letter.id}`);
    drop(letter.id);
    say(`Job ${letter.id} is gone.`);
  });
}

async function act(work) {
  try {
    await work();
    changed();
  } catch (refusal) {
    // Somebody else was faster: the list says what is left.
    if (refusal.status === 404) say('It is not there any more.');
    changed(refusal.status === 404 ? undefined : refusal);
  }
}

async function actOnAll(verb) {
  const chosen = { ...wanted };
  const which = [`of ${chosen.queue}`, chosen.kind && `of the kind ${chosen.kind}`, chosen.merchantId && `of the restaurant ${chosen.merchantId}`];
  const what = which.filter(Boolean).join(', ');
  const isReplay = verb === 'replay';
  const text = isReplay
    ? `All dead letters ${what} go back into their lanes, the oldest first, also those that are not shown.`
    : `All dead letters ${what} are deleted, also those that are not shown. Nobody can bring them back.`;
  if (!await confirm(isReplay ? 'Replay all of these?' : 'Discard all of these?', text, isReplay ? 'Replay all' : 'Discard all', !isReplay)) return;
  for (const button of Object.values(all)) button.disabled = true;
  // Not those that are given up again meanwhile.
  chosen.to = new Date().toISOString();
  let count = 0;
  await act(async () => {
    for (let hasMore = true; hasMore;) {
      const answer = await ask('POST', `/jobs/dead-letters/${verb}`, chosen);
      count += isReplay ? answer.replayed : answer.discarded;
      hasMore = answer.hasMore;
      if (hasMore) say(`${number(count)} so far…`);
    }
    search += 1;
    clearLetters();
    show(await fetchPage(), false);
    say(`${plural(count, 'job', 'jobs')} ${isReplay ? 'put back' : 'discarded'}.`);
  });
  queue.focus();
}

all.replay.addEventListener('click', () => actOnAll('replay'));
all.discard.addEventListener('click', () => actOnAll('discard'));

async function find() {
  wanted = {};
  if (queue.value) wanted.queue = queue.value;
  if (kind.value.trim()) wanted.kind = kind.value.trim();
  if (merchant.value.trim()) wanted.merchantId = merchant.value.trim();
  search += 1;
  const mine = search;
  try {
    const page = await fetchPage();
    if (mine !== search) return;
    for (const row of rows.values()) row.remove();
    rows = new Map();
    show(page, false);
    changed();
  } catch (refusal) {
    if (mine === search) changed(refusal);
  }
}

filter.addEventListener('submit', (event) => { event.preventDefault(); find(); });
queue.addEventListener('change', find);

more.addEventListener('click', async () => {
  const mine = search;
  more.disabled = true;
  try {
    const page = await fetchPage(next);
    if (mine !== search) return;
    const first = page.data[0];
    show(page, true);
    rows.get(first?.id)?.querySelector('button')?.focus();
  } catch (refusal) {
    changed(refusal);
  } finally {
    more.disabled = false;
  }
});

// One job.

document.getElementById('job-form').addEventListener('submit', (event) => {
  event.preventDefault();
  open(document.getElementById('job').value.trim());
});
document.getElementById('details-close').addEventListener('click', () => details.close());

async function open(id) {
  try {
    const job = await ask('GET', `/jobs/${id}`);
    const list = document.getElementById('details-list');
    const lines = [
      ['State', job.state + (job.successorId ? `, goes on as job ${job.successorId}` : '')], ['Queue', job.queue], ['Kind', job.kind],
      ['Reason', job.reason, 'code'], ['Restaurant', job.merchantId, 'code'], ['Key', job.key, 'code'],
      ['Attempts', job.maxAttempts === null ? null : `${job.attempts} of ${job.maxAttempts}`],
      ['Added', job.enqueuedAt && moment(job.enqueuedAt)], ['Runs', job.runsAt && moment(job.runsAt)], ['Ended', job.finishedAt && moment(job.finishedAt)],
      ['Arguments', job.arguments && JSON.stringify(job.arguments, null, 2), 'code'],
    ];
    list.replaceChildren(...lines.filter(([, value]) => value).flatMap(([name, value, style]) => [make('dt', {}, name), make('dd', { class: style }, value)]));
    document.getElementById('details-title').textContent = `Job ${job.id}`;
    details.showModal();
    // The end of a long one would be shown otherwise, where its button is.
    document.getElementById('details-title').focus();
    details.scrollTop = 0;
  } catch (refusal) {
    if (refusal.status === 404) say(`There is no job ${id}, or it ended more than eight days ago.`);
    else changed(refusal);
  }
}
