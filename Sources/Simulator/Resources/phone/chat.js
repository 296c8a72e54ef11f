// One conversation: follows it, draws it, answers for it.

import { follow, markRead, sendMessage } from './api.js';
import { bubble, foot } from './bubble.js';
import { attachComposer, reply } from './composer.js';
import { icon, initials, make } from './format.js';
import { day, t } from './i18n.js';
import { heading, openSheet, option } from './sheet.js';

const log = document.getElementById('log');
const list = document.getElementById('entries');
const presence = document.getElementById('presence');
const typing = document.getElementById('typing');
const toast = document.getElementById('toast');
const jump = document.getElementById('jump');

// Somewhere in the restaurant's country, so that distances look right.
const places = { ar: [24.7136, 46.6753], id: [-6.2088, 106.8456], en: [51.5074, -0.1278] };
const emojis = ['👍', '❤️', '😂', '😮', '😢', '🙏'];

/** Opens a conversation in the page; returns a function that closes it. */
export function openChat(choice, back) {
  const { number, customer, name } = choice;
  const entries = new Map();
  let epoch;
  let lastDay;
  let readTimer;
  let typingTimer;
  let toastTimer;
  let isConnected = false;

  const chat = {
    number,
    customer,
    restaurantName: number.restaurantName,
    entryById: (id) => entries.get(id),
    send: (message) => sendMessage(number.phoneNumberId, customer, name, message),
    answer: (message) => chat.send(message).catch(() => chat.fail(t('sendFailed'))),
    sendLocation(context) {
      const [latitude, longitude] = places[number.locale.slice(0, 2)] ?? places.en;
      chat.answer({ type: 'location', context, location: { latitude, longitude, name: t('here'), address: t('here2') } });
    },
    list: openList,
    actions: openActions,
    show,
    fail(text) {
      clearTimeout(toastTimer);
      toast.textContent = text;
      toast.hidden = false;
      toastTimer = setTimeout(() => { toast.hidden = true; }, 5000);
    },
  };

  function openList(entry, context) {
    const { interactive } = entry.content;
    const rows = interactive.action.sections.flatMap((section) => [
      section.title ? heading(section.title) : null,
      ...section.rows.map((row) => option(row.title, () => chat.answer({
        type: 'interactive', context, interactive: { type: 'list_reply', list_reply: { id: row.id, title: row.title, description: row.description } },
      }), row.description)),
    ]).filter(Boolean);
    openSheet(interactive.action.button, ...rows);
  }

  function openActions(entry) {
    const reactions = make('div', { class: 'reactions' }, emojis.map((emoji) => make('button', {
      type: 'button', class: 'emoji', 'aria-label': t('react', { emoji }),
      onclick: () => {
        document.getElementById('sheet').close();
        chat.answer({ type: 'reaction', reaction: { message_id: entry.id, emoji: entry.mine === emoji ? '' : emoji } });
      },
    }, emoji)));
    openSheet(t('actions'), reactions, option(t('reply'), () => reply(entry), null, icon('M10 7l-5 5 5 5M5 12h9a5 5 0 0 1 5 5v1')));
  }

  function show(id) {
    const row = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    row?.scrollIntoView({ block: 'center' });
    row?.classList.remove('flash');
    requestAnimationFrame(() => row?.classList.add('flash'));
  }

  const isAtEnd = () => log.scrollHeight - log.scrollTop - log.clientHeight < 80;
  const toEnd = () => { log.scrollTop = log.scrollHeight; };

  function add(entry) {
    if (entries.has(entry.id)) return;
    entries.set(entry.id, entry);
    if (entry.content.type === 'reaction') return react(entry);
    const today = day(entry.at);
    if (today !== lastDay) {
      lastDay = today;
      list.append(make('li', { class: 'day' }, make('span', {}, today)));
    }
    list.append(bubble(entry, chat));
  }

  /** A reaction is shown at its message; both sides may have one. */
  function react(entry) {
    const { message_id: id, emoji } = entry.content.reaction ?? {};
    const target = entries.get(id);
    const box = list.querySelector(`[data-id="${CSS.escape(id ?? '')}"] .bubble`);
    if (!target || !box) return;
    target[entry.direction === 'customer' ? 'mine' : 'theirs'] = emoji || undefined;
    box.querySelector('.reaction')?.remove();
    const shown = [...new Set([target.mine, target.theirs].filter(Boolean))];
    box.classList.toggle('has-reaction', shown.length > 0);
    if (shown.length) box.append(make('span', { class: 'reaction' }, shown.join('')));
  }

  function change({ ids, state, errorCode }) {
    for (const id of ids) {
      const entry = entries.get(id);
      if (!entry) continue;
      entry.state = state;
      entry.errorCode = errorCode;
      const row = list.querySelector(`[data-id="${CSS.escape(id)}"]`);
      row?.querySelector('.foot')?.replaceWith(foot(entry));
      if (state === 'failed') row?.querySelector('.choices')?.remove();
    }
  }

  function setPresence() {
    presence.textContent = isConnected ? t(typing.hidden ? 'online' : 'typing') : t(epoch ? 'offline' : 'connecting');
    presence.classList.toggle('bad', !isConnected);
  }

  function setTyping(milliseconds) {
    clearTimeout(typingTimer);
    const wasAtEnd = isAtEnd();
    typing.hidden = milliseconds <= 0;
    if (milliseconds > 0) typingTimer = setTimeout(() => setTyping(0), milliseconds);
    if (wasAtEnd) toEnd();
    setPresence();
  }

  /** Tells the simulator that the person sees the messages; only while the page is really visible. */
  function read() {
    clearTimeout(readTimer);
    if (document.visibilityState !== 'visible') return;
    readTimer = setTimeout(() => markRead(number.phoneNumberId, customer).catch(() => {}), 250);
  }

  function clear() {
    entries.clear();
    lastDay = undefined;
    list.replaceChildren();
  }

  const stop = follow(number.phoneNumberId, customer, {
    snapshot(snapshot) {
      if (epoch && epoch !== snapshot.epoch) chat.fail(t('newSession'));
      epoch = snapshot.epoch;
      // Drawn silently: a screen reader hears what is new, not the whole history.
      log.setAttribute('aria-live', 'off');
      clear();
      snapshot.entries.forEach(add);
      setTyping(snapshot.typingMilliseconds);
      toEnd();
      requestAnimationFrame(() => log.setAttribute('aria-live', 'polite'));
      isConnected = true;
      setPresence();
      read();
    },
    entry(entry) {
      const follows = isAtEnd() || entry.direction === 'customer';
      if (entry.direction === 'business') setTyping(0);
      add(entry);
      if (follows) toEnd(); else jump.hidden = false;
      if (entry.direction === 'business') read();
    },
    state: change,
    typing: ({ milliseconds }) => setTyping(milliseconds),
    reset: clear,
    connection(isOpen) {
      isConnected = isOpen;
      setPresence();
    },
  });

  const scrolled = () => { if (isAtEnd()) jump.hidden = true; };
  const imagesLoaded = (event) => { if (event.target.tagName === 'IMG' && log.scrollHeight - log.scrollTop - log.clientHeight < 420) toEnd(); };
  const jumped = () => toEnd();
  log.addEventListener('scroll', scrolled);
  log.addEventListener('load', imagesLoaded, true);
  jump.addEventListener('click', jumped);
  document.addEventListener('visibilitychange', read);
  const backButton = document.getElementById('back');
  backButton.addEventListener('click', back);

  document.getElementById('chat-name').textContent = number.restaurantName;
  document.getElementById('avatar').textContent = initials(number.restaurantName);
  document.title = number.restaurantName;
  clear();
  setPresence();
  attachComposer(chat);

  return () => {
    stop();
    clearTimeout(readTimer);
    clearTimeout(typingTimer);
    clearTimeout(toastTimer);
    toast.hidden = true;
    log.removeEventListener('scroll', scrolled);
    log.removeEventListener('load', imagesLoaded, true);
    jump.removeEventListener('click', jumped);
    document.removeEventListener('visibilitychange', read);
    backButton.removeEventListener('click', back);
    document.title = t('title');
  };
}
