// One line about a message: for quotes, and for people who listen.

import { t } from './i18n.js';

/** The words without WhatsApp's marks. */
export function summary(content) {
  return words(content).replace(/(^|\s)([*_~])(\S(?:[^\n]*?\S)?)\2(?=$|[\s.,;:!?)])/gu, '$1$3').replaceAll('```', '');
}

function words(content) {
  const payload = content[content.type] ?? {};
  switch (content.type) {
    case 'text': return payload.body ?? '';
    case 'image': case 'video': case 'document': return payload.caption || payload.filename || t(content.type);
    case 'audio': case 'sticker': return t(content.type);
    case 'location': return payload.name || t('location');
    case 'contacts': return content.contacts?.[0]?.name?.formatted_name ?? t('contact');
    case 'button': return payload.text ?? '';
    case 'template': return content.rendered?.body ?? payload.name ?? '';
    case 'interactive': return payload.body?.text ?? payload.button_reply?.title ?? payload.list_reply?.title ?? payload.nfm_reply?.body ?? '';
    case 'order': return t('order');
    default: return t('unsupported');
  }
}
