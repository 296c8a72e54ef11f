// Starts the page: which conversation, in which language; everything else is in the other modules.

import { useLanguage } from './i18n.js';
import { showSetup } from './setup.js';
import { openChat } from './chat.js';

const setup = document.getElementById('setup');
const chat = document.getElementById('chat');

const key = 'maitre.phone';

/** What was chosen last time. Storage may be forbidden; then nothing is remembered. */
export function remembered() {
  try { return JSON.parse(localStorage.getItem(key)) ?? {}; } catch { return {}; }
}

function remember(choice) {
  try { localStorage.setItem(key, JSON.stringify(choice)); } catch { /* nothing to do without storage */ }
}

let close;

function toSetup() {
  close?.();
  close = undefined;
  chat.hidden = true;
  setup.hidden = false;
  history.replaceState(null, '', '/phone');
  showSetup(remembered(), toChat);
}

/** @param choice {number: {phoneNumberId, restaurantName, displayNumber}, customer, name, language} */
function toChat(choice) {
  remember({ phoneNumberId: choice.number.phoneNumberId, customer: choice.customer, name: choice.name, language: choice.language });
  useLanguage(choice.language);
  setup.hidden = true;
  chat.hidden = false;
  history.replaceState(null, '', `/phone#${choice.number.phoneNumberId}`);
  close = openChat(choice, toSetup);
}

useLanguage(remembered().language ?? navigator.language.slice(0, 2));
toSetup();
