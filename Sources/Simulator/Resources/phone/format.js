// Text as WhatsApp shows it: *bold*, _italic_, ~struck~, ```code```, and web addresses. Made of nodes, never of markup.

const marks = { '*': 'strong', '_': 'em', '~': 's' };
const address = /https?:\/\/[^\s<>"]+[^\s<>".,;:!?)\]]/g;

/** A small element builder: `make('p', {class: 'x'}, 'text', node)`. */
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : value);
  }
  for (const child of children.flat()) if (child !== undefined && child !== null && child !== false) element.append(child);
  return element;
}

/** An element in the SVG namespace with one path. */
export function icon(path, box = '0 0 24 24') {
  const space = 'http://www.w3.org/2000/svg';
  const svg = document.createElementNS(space, 'svg');
  svg.setAttribute('viewBox', box);
  svg.setAttribute('aria-hidden', 'true');
  const line = document.createElementNS(space, 'path');
  line.setAttribute('d', path);
  svg.append(line);
  return svg;
}

export function rich(text) {
  const fragment = document.createDocumentFragment();
  const pieces = String(text).split('```');
  pieces.forEach((piece, index) => {
    // An odd piece is between two fences; a fence without its end is text.
    if (index % 2 === 1 && index < pieces.length - 1) fragment.append(make('code', {}, piece));
    else inline(index % 2 === 1 ? '```' + piece : piece, fragment);
  });
  return fragment;
}

function inline(text, into) {
  let rest = text;
  while (rest) {
    const match = rest.match(/(^|[\s(])([*_~])(\S(?:[^\n]*?\S)?)\2(?=$|[\s.,;:!?)])/u);
    if (!match) break;
    linked(rest.slice(0, match.index) + match[1], into);
    const element = make(marks[match[2]]);
    inline(match[3], element);
    into.append(element);
    rest = rest.slice(match.index + match[0].length);
  }
  linked(rest, into);
}

function linked(text, into) {
  let last = 0;
  for (const match of text.matchAll(address)) {
    into.append(text.slice(last, match.index), link(match[0], match[0]));
    last = match.index + match[0].length;
  }
  into.append(text.slice(last));
}

/** A link that opens elsewhere and tells that place nothing. Anything but http(s), tel and mailto stays text. */
export function link(href, ...label) {
  let url;
  try { url = new URL(href); } catch { return make('span', {}, ...label); }
  if (!['http:', 'https:', 'tel:', 'mailto:'].includes(url.protocol)) return make('span', {}, ...label);
  return make('a', { href: url.href, target: '_blank', rel: 'noopener noreferrer' }, ...label);
}

export function initials(name) {
  const parts = name.trim().split(/\s+/u).slice(0, 2);
  return parts.map((part) => [...part][0]?.toLocaleUpperCase() ?? '').join('\u200c');
}
