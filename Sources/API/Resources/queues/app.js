// Starts the page: who asks, then the board, refreshed while somebody looks.

import { forget, isKnown, logIn, logOut, useKey } from './api.js';
import { clearLetters, loadLetters, offer, onChange as onLetters } from './letters.js';
import { clearQueues, loadQueues, onChange as onQueues } from './queues.js';
import { setText } from './format.js';

const entry = document.getElementById('entry');
const board = document.getElementById('board');
const controls = document.getElementById('controls');
const refresh = document.getElementById('refresh');
const problem = document.getElementById('problem');
const entryProblem = document.getElementById('entry-problem');
const key = document.getElementById('key');

const PERIOD = 5000;
let timer;
let isLoading = false;

function ask(message = '') {
  clearTimeout(timer);
  board.hidden = true;
  controls.hidden = true;
  entry.hidden = false;
  entryProblem.hidden = !message;
  entryProblem.textContent = message;
  clearQueues();
  clearLetters();
  key.value = '';
  key.focus();
}

/** What a refusal means to the page: another credential is needed, or the same may be tried again. */
function refused(refusal) {
  if (refusal.status === 401 || refusal.status === 403) {
    forget();
    ask(refusal.status === 401 ? 'This credential is not accepted.' : 'This credential may not look at the queues: it needs to be the platform’s.');
    return;
  }
  setText(document.getElementById('problem-text'), refusal.message);
  problem.hidden = false;
}

async function load() {
  if (isLoading) return;
  isLoading = true;
  board.setAttribute('aria-busy', 'true');
  try {
    offer(await loadQueues());
    await loadLetters();
    problem.hidden = true;
    entry.hidden = true;
    board.hidden = false;
    controls.hidden = false;
  } catch (refusal) {
    if (board.hidden && refusal.status !== 401 && refusal.status !== 403) ask(refusal.message);
    else refused(refusal);
  } finally {
    isLoading = false;
    board.removeAttribute('aria-busy');
    plan();
  }
}

function plan() {
  clearTimeout(timer);
  if (!board.hidden && refresh.checked) timer = setTimeout(() => { if (document.hidden) plan(); else load(); }, PERIOD);
}

function changed(refusal) {
  if (refusal) refused(refusal);
  else load();
}

async function enter(start) {
  entryProblem.hidden = true;
  const buttons = entry.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  try {
    await start();
    await load();
    if (entry.hidden) document.getElementById('main').focus();
  } catch (refusal) {
    const text = refusal.code === 'second_factor_required' ? 'Enter the code of your second factor as well.' : refusal.message;
    entryProblem.textContent = text;
    entryProblem.hidden = false;
  } finally {
    for (const button of buttons) button.disabled = false;
  }
}

document.getElementById('key-form').addEventListener('submit', (event) => {
  event.preventDefault();
  enter(async () => useKey(key.value.trim()));
});
document.getElementById('login-form').addEventListener('submit', (event) => {
  event.preventDefault();
  const value = (id) => document.getElementById(id).value;
  enter(async () => {
    await logIn(value('email').trim(), value('password'), value('code').trim());
    document.getElementById('login-form').reset();
  });
});
document.getElementById('leave').addEventListener('click', async () => {
  await logOut();
  ask();
});
document.getElementById('again').addEventListener('click', load);
refresh.addEventListener('change', plan);
document.addEventListener('visibilitychange', () => { if (!document.hidden && !board.hidden && refresh.checked) load(); });
onQueues(changed);
onLetters(changed);

if (isKnown()) load().then(() => { if (board.hidden && entry.hidden) ask(); });
else ask();
