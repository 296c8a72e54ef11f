// Draws one message.

import { mediaAddress } from './api.js';
import { icon, link, make, rich } from './format.js';
import { t, time } from './i18n.js';
import { summary } from './summary.js';

const tick = 'M1 9l4 4 9-10';
const doubleTick = 'M1 9l4 4 9-10M9 12l1 1 9-10';

/**
 * @param entry as the simulator tells it
 * @param chat {entryById, restaurantName, answer(message), actions(entry, button), list(entry)}
 */
export function bubble(entry, chat) {
  const isMine = entry.direction === 'customer';
  const item = make('li', { class: `row ${isMine ? 'mine' : 'theirs'}`, 'data-id': entry.id });
  const box = make('article', { class: `bubble kind-${entry.content.type}` });
  box.append(make('span', { class: 'hidden' }, `${isMine ? t('you') : chat.restaurantName}: `));
  const quote = quoted(entry, chat);
  if (quote) box.append(quote);
  box.append(...body(entry, chat));
  box.append(foot(entry, isMine));
  item.append(box);
  if (entry.content.type !== 'unsupported') {
    item.append(make('button', {
      class: 'round small more', type: 'button', 'aria-label': t('actions'), title: t('actions'), 'aria-haspopup': 'dialog',
      onclick: (event) => chat.actions(entry, event.currentTarget),
    }, icon('M6 12h.01M12 12h.01M18 12h.01')));
  }
  const choices = buttons(entry, chat);
  if (choices.length) box.append(make('div', { class: 'choices' }, choices));
  return item;
}

/** Time, ticks or why it failed. Called again when the state changes. */
export function foot(entry, isMine = entry.direction === 'customer') {
  const line = make('footer', { class: 'foot' });
  if (entry.state === 'failed') line.append(make('span', { class: 'failed' }, t('failed', { code: entry.errorCode ?? '' })));
  line.append(make('time', { datetime: new Date(entry.at).toISOString() }, time(entry.at)));
  if (isMine) {
    // One tick once the restaurant's system has the message, two coloured ones once it marked it as read.
    const state = entry.state === 'read' ? 'read' : entry.state === 'pending' ? 'pending' : 'accepted';
    const sign = state === 'pending' ? icon('M12 6v6l4 2M12 3a9 9 0 1 0 .01 0', '0 0 24 24') : icon(state === 'read' ? doubleTick : tick, '0 0 20 16');
    line.append(make('span', { class: `ticks ${state}` }, sign, make('span', { class: 'hidden' }, t(state))));
  }
  return line;
}

function quoted(entry, chat) {
  const id = entry.content.context?.message_id ?? entry.content.context?.id;
  if (!id) return null;
  const original = chat.entryById(id);
  if (!original) return null;
  return make('button', { type: 'button', class: 'quote-box', onclick: () => chat.show(id) },
    make('strong', { dir: 'auto' }, original.direction === 'customer' ? t('you') : chat.restaurantName),
    make('span', { dir: 'auto' }, summary(original.content)));
}

const paragraph = (text, name = 'text') => make('div', { class: name, dir: 'auto' }, rich(text));

function picture(media, name) {
  const known = media?.id ? mediaAddress(media.id) : localAddress(media?.link);
  if (!known) return media?.link ? make('p', { class: 'file' }, link(media.link, name)) : make('p', { class: 'file' }, name);
  const image = make('img', { class: 'picture', src: known, alt: media.caption ? '' : name, loading: 'lazy' });
  image.addEventListener('error', () => image.replaceWith(make('p', { class: 'file' }, media.link ? link(media.link, name) : name)));
  return image;
}

/** Pictures of this host are shown; others are only linked, so that the page asks nothing of the world. */
function localAddress(address) {
  try {
    const url = new URL(address, location.href);
    return url.origin === location.origin ? url.href : null;
  } catch { return null; }
}

function place(value) {
  const latitude = Number(value.latitude);
  const longitude = Number(value.longitude);
  return make('div', { class: 'place' },
    make('div', { class: 'map', 'aria-hidden': 'true' }, icon('M12 21s7-6.2 7-11.2a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z')),
    make('div', { class: 'place-text' },
      value.name ? make('strong', {}, make('bdi', {}, value.name)) : null,
      value.address ? make('span', {}, make('bdi', {}, value.address)) : null,
      make('small', {}, make('bdi', { dir: 'ltr' }, `${latitude.toFixed(5)}, ${longitude.toFixed(5)}`)),
      link(`https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`, t('openMap'))));
}

function header(part) {
  if (!part) return [];
  if (part.type === 'text') return [make('div', { class: 'title', dir: 'auto' }, part.text)];
  if (part.type === 'location') return part.location ? [place(part.location)] : [];
  return part.type === 'image' ? [picture(part.image, t('image'))] : [make('p', { class: 'file' }, t(part.type))];
}

function parts(head, text, footer) {
  return [...header(head), text ? paragraph(text) : null, footer ? make('div', { class: 'small-text', dir: 'auto' }, footer) : null]
    .filter(Boolean);
}

function body(entry, chat) {
  const content = entry.content;
  const payload = content[content.type] ?? {};
  switch (content.type) {
    case 'text': return [paragraph(payload.body ?? '', isEmoji(payload.body) ? 'text big' : 'text')];
    case 'image': case 'sticker':
      return [picture(payload, t(content.type)), payload.caption ? paragraph(payload.caption) : null].filter(Boolean);
    case 'video': case 'audio': case 'document': {
      const name = payload.filename ?? t(content.type);
      const target = payload.id ? make('a', { href: mediaAddress(payload.id), target: '_blank', rel: 'noopener' }, name) : link(payload.link, name);
      return [make('p', { class: 'file', dir: 'auto' }, target), payload.caption ? paragraph(payload.caption) : null].filter(Boolean);
    }
    case 'location': return [place(payload)];
    case 'contacts':
      return (content.contacts ?? []).map((contact) => make('div', { class: 'contact' },
        make('strong', { dir: 'auto' }, contact.name?.formatted_name ?? ''),
        ...(contact.phones ?? []).map((phone) => make('bdi', { dir: 'ltr' }, phone.phone ?? phone.wa_id ?? ''))));
    case 'button': return [paragraph(payload.text ?? '')];
    case 'template': {
      const shown = content.rendered ?? {};
      return parts(shown.header, shown.body, shown.footer);
    }
    case 'interactive': {
      const reply = payload.button_reply ?? payload.list_reply;
      if (reply) return [paragraph(reply.title), reply.description ? make('div', { class: 'small-text', dir: 'auto' }, reply.description) : null].filter(Boolean);
      const shown = parts(payload.header, payload.body?.text, payload.footer?.text);
      if (['product', 'product_list', 'catalog_message'].includes(payload.type)) shown.push(make('div', { class: 'small-text' }, t('product')));
      if (payload.type === 'flow') shown.push(make('div', { class: 'small-text' }, t('flow')));
      return shown;
    }
    case 'order': return [make('strong', {}, t('order')), ...(payload.product_items ?? []).map((item) => make('div', {}, `${item.quantity} × ${item.product_retailer_id}`))];
    case 'revoke': return [make('em', {}, t('deleted'))];
    default: return [make('em', {}, t('unsupported'))];
  }
}

const isEmoji = (text) => !!text && text.length <= 12 && /^(?:\p{Emoji_Presentation}|\p{Extended_Pictographic}\uFE0F?|\u200D|\p{Emoji_Modifier})+$/u.test(text);

/** What can be tapped. Each answer quotes the message it answers, as WhatsApp's do. */
function buttons(entry, chat) {
  if (entry.direction !== 'business' || entry.state === 'failed') return [];
  const content = entry.content;
  const context = { from: chat.number.displayNumber, id: entry.id };
  const choice = (label, action, extra = {}) => make('button', { type: 'button', class: 'choice', dir: 'auto', onclick: action, ...extra }, label);
  if (content.type === 'template') {
    return (content.rendered?.buttons ?? []).map((button) => {
      if (button.type === 'url' && button.url) return withClass(link(button.url, button.text), 'choice');
      if (button.type === 'phone_number') return withClass(link(`tel:${button.phone_number}`, button.text), 'choice');
      return choice(button.text, () => chat.answer({
        type: 'button', context, button: { payload: button.payload ?? button.text, text: button.text },
      }));
    });
  }
  if (content.type !== 'interactive') return [];
  const action = content.interactive.action ?? {};
  switch (content.interactive.type) {
    case 'button': return action.buttons.map(({ reply }) => choice(reply.title, () => chat.answer({
      type: 'interactive', context, interactive: { type: 'button_reply', button_reply: { id: reply.id, title: reply.title } },
    })));
    case 'list': return [choice(action.button, () => chat.list(entry, context), { 'aria-haspopup': 'dialog' })];
    case 'cta_url': return [withClass(link(action.parameters?.url, action.parameters?.display_text), 'choice')];
    case 'location_request_message': return [choice(t('sendLocation'), () => chat.sendLocation(context))];
    default: return [];
  }
}

function withClass(element, name) {
  element.classList.add(name);
  return element;
}
