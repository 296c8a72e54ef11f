// The panel that comes up from below: lists, attachments, actions.

import { make } from './format.js';

const sheet = document.getElementById('sheet');
const title = document.getElementById('sheet-title');
const bodyBox = document.getElementById('sheet-body');

document.getElementById('sheet-close').addEventListener('click', () => sheet.close());
sheet.addEventListener('click', (event) => {
  if (event.target === sheet) sheet.close();
});

/** Opens the panel; the dialog gives the focus back to where it came from. */
export function openSheet(name, ...content) {
  title.textContent = name;
  bodyBox.replaceChildren(...content);
  if (!sheet.open) sheet.showModal();
}

export function closeSheet() {
  if (sheet.open) sheet.close();
}

/** One line to tap. */
export function option(label, action, note, glyph) {
  return make('button', {
    type: 'button', class: 'option',
    onclick: () => {
      closeSheet();
      action();
    },
  },
  glyph ? make('span', { class: 'option-icon', 'aria-hidden': 'true' }, glyph) : null,
  make('span', { class: 'option-text' },
    make('span', { dir: 'auto' }, label),
    note ? make('small', { dir: 'auto' }, note) : null));
}

export const heading = (text) => make('h3', { dir: 'auto' }, text);
