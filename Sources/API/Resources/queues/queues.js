// The table of queues and the last hour of one of them.

import { ask } from './api.js';
import { confirm, say } from './dialog.js';
import { duration, make, moment, number, plural, setText } from './format.js';

const body = document.getElementById('queue-rows');
const measured = document.getElementById('measured');
const section = document.getElementById('history');
const chart = document.getElementById('history-chart');

const columns = [['ready', 'Ready'], ['running', 'Running'], ['delayed', 'Delayed'], ['retrying', 'Retrying'], ['dead', 'Dead']];
const rows = new Map();
let shown = null;
let changed = () => {};

/** Calls `handler` after a queue was paused or resumed. */
export function onChange(handler) { changed = handler; }

/** @returns the names of the queues */
export async function loadQueues() {
  const queues = (await ask('GET', '/jobs/queues')).data;
  if (rows.size === 0) body.replaceChildren();
  for (const queue of queues) {
    if (!rows.has(queue.name)) rows.set(queue.name, add(queue.name));
    update(rows.get(queue.name), queue);
  }
  for (const [name, row] of rows) {
    if (queues.some((queue) => queue.name === name)) continue;
    row.element.remove();
    rows.delete(name);
  }
  const times = queues.map((queue) => queue.measuredAt).filter(Boolean);
  setText(measured, times.length ? `Counted ${moment(times[0])}` : 'Not counted yet');
  if (shown) await loadHistory();
  return queues.map((queue) => queue.name);
}

/** For another reader. */
export function clearQueues() {
  rows.clear();
  body.replaceChildren(make('tr', {}, make('td', { colspan: 9, class: 'soft' }, 'Loading…')));
  hide();
}

function add(name) {
  const button = make('button', { type: 'button', class: 'name', 'aria-expanded': 'false', 'aria-controls': 'history', onclick: () => show(name) }, name);
  const tag = make('span', { class: 'tag', hidden: true });
  const cells = Object.fromEntries(columns.map(([key, label]) => [key, make('td', { class: 'number', role: 'cell', 'data-label': label })]));
  const oldest = make('td', { class: 'number', role: 'cell', 'data-label': 'Oldest' });
  const minute = make('td', { class: 'number minute', role: 'cell', 'data-label': 'Last minute' });
  const pause = make('button', { type: 'button', onclick: () => toggle(name) });
  const element = make('tr', { role: 'row' }, make('td', { class: 'who', role: 'rowheader' }, button, tag), ...Object.values(cells), oldest, minute, make('td', { class: 'what', role: 'cell' }, pause));
  body.append(element);
  return { element, button, tag, cells, oldest, minute, pause, queue: null };
}

function update(row, queue) {
  row.queue = queue;
  for (const [key] of columns) {
    const count = queue.counts[key];
    setText(row.cells[key], number(count));
    row.cells[key].classList.toggle('zero', count === 0);
    row.cells[key].classList.toggle('bad', key === 'dead' && count > 0);
  }
  setText(row.oldest, queue.oldestReadySeconds === null ? '–' : duration(queue.oldestReadySeconds));
  row.oldest.classList.toggle('zero', queue.oldestReadySeconds === null);
  const { done, retried, dead } = queue.lastMinute;
  setText(row.minute, `${number(done)} done${retried ? `, ${number(retried)} retried` : ''}${dead ? `, ${number(dead)} dead` : ''}`);
  row.minute.classList.toggle('zero', done + retried + dead === 0);
  row.tag.hidden = !queue.paused;
  setText(row.tag, queue.paused ? 'paused' : '');
  row.tag.title = queue.pausedAt ? `since ${moment(queue.pausedAt)}` : '';
  setText(row.pause, queue.paused ? 'Resume' : 'Pause');
  row.pause.setAttribute('aria-label', `${queue.paused ? 'Resume' : 'Pause'} ${queue.name}`);
}

async function toggle(name) {
  const row = rows.get(name);
  const isPaused = row.queue.paused;
  const wanted = isPaused
    ? await confirm(`Resume ${name}?`, 'Its jobs are taken again, on every node.', 'Resume')
    : await confirm(`Pause ${name}?`, 'No node takes another job of it. What runs ends, what comes waits until somebody resumes it.', 'Pause', true);
  if (!wanted) return;
  row.pause.disabled = true;
  try {
    update(row, await ask('POST', `/jobs/queues/${name}/${isPaused ? 'resume' : 'pause'}`));
    say(isPaused ? `${name} goes on.` : `${name} is paused.`);
    changed();
  } catch (refusal) {
    changed(refusal);
  } finally {
    row.pause.disabled = false;
    row.pause.focus();
  }
}

function show(name) {
  if (shown === name) return hide();
  hide();
  shown = name;
  rows.get(name).button.setAttribute('aria-expanded', 'true');
  loadHistory().then(() => { section.hidden = shown !== name; }, changed);
}

function hide() {
  if (shown) rows.get(shown)?.button.setAttribute('aria-expanded', 'false');
  shown = null;
  section.hidden = true;
}

document.getElementById('history-close').addEventListener('click', () => {
  const button = rows.get(shown)?.button;
  hide();
  button?.focus();
});

async function loadHistory() {
  const name = shown;
  const queue = await ask('GET', `/jobs/queues/${name}`);
  if (shown !== name) return;
  setText(document.getElementById('history-title'), `${name}: the last hour`);
  setText(document.getElementById('history-limits'), limits(queue.limits));
  draw(queue.history);
}

function limits(given) {
  if (!given) return 'No limits: all nodes together take as much as they can.';
  const parts = [];
  if (given.starts !== null) parts.push(`${plural(given.starts, 'start', 'starts')} in any ${duration(given.seconds)}`);
  if (given.running !== null) parts.push(`${number(given.running)} at once`);
  return `Limited to ${parts.join(', ')}, over all nodes.`;
}

/** A bar a minute, what went wrong on top of what was done. */
function draw(minutes) {
  const kinds = ['done', 'retried', 'dead'];
  const most = Math.max(1, ...minutes.map((minute) => kinds.reduce((sum, kind) => sum + minute[kind], 0)));
  const bars = [];
  const sums = { done: 0, retried: 0, dead: 0 };
  minutes.forEach((minute, index) => {
    let top = 120;
    for (const kind of kinds) {
      sums[kind] += minute[kind];
      if (!minute[kind]) continue;
      const height = Math.max(1, (minute[kind] / most) * 112);
      top -= height;
      const bar = document.createElementNS('http://www.w3.org/2000/svg', 'rect');
      for (const [attribute, value] of Object.entries({ class: kind, x: index * 10 + 1, y: top, width: 8, height })) bar.setAttribute(attribute, value);
      bars.push(bar);
    }
  });
  chart.replaceChildren(...bars);
  const busiest = minutes.length ? `; at most ${number(most)} in a minute` : '';
  const total = sums.done + sums.retried + sums.dead;
  chart.toggleAttribute('hidden', total === 0);
  const text = `${number(sums.done)} done, ${number(sums.retried)} retried, ${number(sums.dead)} given up${busiest}.`;
  setText(document.getElementById('history-summary'), total ? text : 'Nothing ended in the last hour.');
}
