// Where messages are written: text, a picture, a place, a reply to another message.

import { upload } from './api.js';
import { icon } from './format.js';
import { t } from './i18n.js';
import { option, openSheet } from './sheet.js';
import { summary } from './summary.js';

const form = document.getElementById('composer');
const text = document.getElementById('text');
const file = document.getElementById('file');
const preview = document.getElementById('preview');
const previewImage = document.getElementById('preview-image');
const quote = document.getElementById('quote');
const sendButton = document.getElementById('send');

let chat;
let picture;
let replyTo;
let isBusy = false;

/** @param value the open conversation: {number, send(message), fail(text), restaurantName}; undefined closes. */
export function attachComposer(value) {
  chat = value;
  text.value = '';
  drop();
  cancelReply();
  grow();
  if (chat && matchMedia('(pointer: fine)').matches) text.focus();
}

export function reply(entry) {
  replyTo = entry;
  document.getElementById('quote-name').textContent = entry.direction === 'customer' ? t('you') : chat.restaurantName;
  document.getElementById('quote-text').textContent = summary(entry.content);
  quote.hidden = false;
  text.focus();
}

function cancelReply() {
  replyTo = undefined;
  quote.hidden = true;
}

function grow() {
  text.style.height = 'auto';
  text.style.height = `${Math.min(text.scrollHeight, 132)}px`;
}

function choose(blob) {
  if (!['image/jpeg', 'image/png'].includes(blob.type)) return chat.fail(t('wrongType'));
  if (blob.size > 5 * 1024 * 1024) return chat.fail(t('tooBig'));
  picture = blob;
  if (previewImage.src) URL.revokeObjectURL(previewImage.src);
  previewImage.src = URL.createObjectURL(blob);
  preview.hidden = false;
  text.focus();
}

function drop() {
  picture = undefined;
  if (previewImage.src) URL.revokeObjectURL(previewImage.src);
  previewImage.removeAttribute('src');
  preview.hidden = true;
  file.value = '';
}

async function submit() {
  const words = text.value.trim();
  if (isBusy || (!words && !picture)) return;
  isBusy = true;
  sendButton.disabled = true;
  const current = chat;
  try {
    let message;
    if (picture) {
      const { id } = await upload(current.number.phoneNumberId, picture);
      message = { type: 'image', image: words ? { id, caption: words } : { id } };
    } else {
      message = { type: 'text', text: { body: words } };
    }
    if (replyTo) message.context = { from: replyTo.direction === 'customer' ? current.customer : current.number.displayNumber, id: replyTo.id };
    await current.send(message);
    text.value = '';
    drop();
    cancelReply();
    grow();
  } catch {
    // What was written stays, so that it can be sent again.
    current.fail(t('sendFailed'));
  } finally {
    isBusy = false;
    sendButton.disabled = false;
  }
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  submit();
});

text.addEventListener('input', grow);
text.addEventListener('keydown', (event) => {
  // Enter sends where there is a keyboard; on a touch screen it is a new line, as in WhatsApp.
  if (event.key === 'Enter' && !event.shiftKey && !event.isComposing && matchMedia('(pointer: fine)').matches) {
    event.preventDefault();
    submit();
  }
});

file.addEventListener('change', () => {
  if (file.files[0]) choose(file.files[0]);
});

text.addEventListener('paste', (event) => {
  const pasted = [...event.clipboardData.files].find((candidate) => candidate.type.startsWith('image/'));
  if (pasted) {
    event.preventDefault();
    choose(pasted);
  }
});

document.getElementById('preview-cancel').addEventListener('click', () => {
  drop();
  text.focus();
});
document.getElementById('quote-cancel').addEventListener('click', () => {
  cancelReply();
  text.focus();
});

document.getElementById('attach').addEventListener('click', () => openSheet(t('attach'),
  option(t('picture'), () => file.click(), null, icon('M4 6h16v12H4zM4 15l5-4 4 3 3-2 4 3M15.5 9.5h.01')),
  option(t('sample'), async () => {
    try {
      const response = await fetch('/phone/sample.jpg');
      choose(await response.blob());
    } catch { chat.fail(t('sendFailed')); }
  }, null, icon('M5 12a7 7 0 0 0 14 0zM12 12V5M8 12V8M16 12V8')),
  option(t('location'), () => chat.sendLocation(), null, icon('M12 21s7-6.2 7-11.2a7 7 0 0 0-14 0C5 14.8 12 21 12 21zM12 12.4a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z'))));
