// The first screen: restaurant, name, number, language.

import { numbers } from './api.js';
import { initials, make } from './format.js';
import { language, t, useLanguage } from './i18n.js';

const form = document.getElementById('setup-form');
const list = document.getElementById('restaurants');
const none = document.getElementById('no-restaurants');
const problem = document.getElementById('setup-error');
const prefixes = { ar: '96650', id: '62812', en: '447700' };
const names = { ar: 'سارة', id: 'Dewi', en: 'Sara' };

let known = [];
let done;
let retry;

/** A number that nobody has, in the country that fits the language. */
function invent(locale) {
  const prefix = prefixes[locale] ?? prefixes.en;
  let digits = prefix;
  while (digits.length < 12) digits += Math.floor(Math.random() * 10);
  return digits;
}

/** Shows the form with what was chosen before; calls `open` with the choice. */
export function showSetup(before, open) {
  done = open;
  form.elements.language.value = language();
  form.elements.name.value = before.name ?? names[language()];
  form.elements.number.value = before.customer ?? invent(language());
  problem.hidden = true;
  load(before.phoneNumberId ?? location.hash.slice(1));
}

async function load(chosen) {
  clearTimeout(retry);
  try {
    known = await numbers();
    show(chosen);
  } catch {
    // The simulator may be starting.
    retry = setTimeout(() => load(chosen), 1500);
  }
}

function show(chosen) {
  none.hidden = known.length > 0;
  const selected = known.some((number) => number.phoneNumberId === chosen) ? chosen : known[0]?.phoneNumberId;
  list.replaceChildren(...known.map((number) => make('label', { class: 'restaurant' },
    make('input', {
      type: 'radio', name: 'restaurant', value: number.phoneNumberId, checked: number.phoneNumberId === selected,
      onchange: () => adopt(number),
    }),
    make('span', { class: 'avatar', 'aria-hidden': 'true' }, initials(number.restaurantName)),
    make('span', { class: 'restaurant-text' },
      make('strong', {}, make('bdi', {}, number.restaurantName)),
      make('small', {}, make('bdi', { dir: 'ltr' }, `+${number.displayNumber}`))),
  )));
}

/** Choosing a restaurant chooses its language, as its customers would have it. */
function adopt(number) {
  const locale = number.locale.slice(0, 2);
  if (!(locale in prefixes) || locale === language()) return;
  const wasInvented = Object.values(names).includes(form.elements.name.value);
  form.elements.language.value = locale;
  useLanguage(locale);
  if (wasInvented) {
    form.elements.name.value = names[locale];
    form.elements.number.value = invent(locale);
  }
}

form.elements.language.addEventListener('change', () => useLanguage(form.elements.language.value));

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const number = known.find((candidate) => candidate.phoneNumberId === form.elements.restaurant?.value);
  const customer = form.elements.number.value.replace(/[^0-9٠-٩]/gu, '').replace(/[٠-٩]/gu, (digit) => '٠١٢٣٤٥٦٧٨٩'.indexOf(digit));
  const name = form.elements.name.value.trim();
  if (!number) return refuse('noChoice');
  if (!name) return refuse('badName', form.elements.name);
  if (!/^[0-9]{7,15}$/u.test(customer)) return refuse('badNumber', form.elements.number);
  if (customer === number.displayNumber) return refuse('ownNumber', form.elements.number);
  clearTimeout(retry);
  done({ number, customer, name, language: form.elements.language.value });
});

function refuse(key, field) {
  problem.textContent = t(key);
  problem.hidden = false;
  for (const input of [form.elements.name, form.elements.number]) input.removeAttribute('aria-invalid');
  field?.setAttribute('aria-invalid', 'true');
  field?.focus();
}
