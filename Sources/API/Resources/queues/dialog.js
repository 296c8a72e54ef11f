// Asking before something is done, and saying what was done.

const box = document.getElementById('confirm');
const title = document.getElementById('confirm-title');
const text = document.getElementById('confirm-text');
const yes = document.getElementById('confirm-yes');
const said = document.getElementById('said');

let answer = null;
let silence;

function close(value) {
  answer?.(value);
  answer = null;
  if (box.open) box.close();
}

yes.addEventListener('click', () => close(true));
document.getElementById('confirm-no').addEventListener('click', () => close(false));
box.addEventListener('close', () => close(false));

/** Whether the reader wants it. The safe answer has the focus. */
export function confirm(question, explanation, action, isDangerous = false) {
  title.textContent = question;
  text.textContent = explanation;
  yes.textContent = action;
  yes.classList.toggle('danger', isDangerous);
  box.showModal();
  document.getElementById('confirm-no').focus();
  return new Promise((resolve) => { answer = resolve; });
}

/** Says it for some seconds, aloud too. */
export function say(message) {
  said.textContent = message;
  clearTimeout(silence);
  silence = setTimeout(() => { said.textContent = ''; }, 6000);
}
