// Elements and words.

/** An element with properties and children. Text is text: what the API says is never read as HTML. */
export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null || value === false) continue;
    if (name === 'class') element.className = value;
    else if (name === 'onclick') element.addEventListener('click', value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  element.append(...children.filter((child) => child !== undefined && child !== null));
  return element;
}

const numbers = new Intl.NumberFormat('en');
const moments = new Intl.DateTimeFormat('en-GB', { dateStyle: 'medium', timeStyle: 'medium' });

export const number = (value) => numbers.format(value);
export const plural = (count, one, many) => `${number(count)} ${count === 1 ? one : many}`;
export const moment = (text) => moments.format(new Date(text));

/** A length of time as people say it. */
export function duration(seconds) {
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)} min`;
  if (seconds < 172800) return `${Math.round(seconds / 3600)} h`;
  return `${Math.round(seconds / 86400)} days`;
}

/** How long ago a moment was, for the eye; the whole moment for the pointer and for machines. */
export function ago(text) {
  const seconds = Math.max(0, (Date.now() - new Date(text).getTime()) / 1000);
  return make('time', { datetime: text, title: moment(text) }, seconds < 1 ? 'just now' : `${duration(seconds)} ago`);
}

/** Changes a text only when it is another one, so that nothing is read aloud or unselected for nothing. */
export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}
