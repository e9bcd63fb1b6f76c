// Values of rows: what they are, how they look as text, and what a typed text stands for.

import { ResRef } from '/resclient.mjs';

/** What a value is: null, boolean, number, text, data, blob or reference. */
export function kindOf(value) {
  if (value === null || value === undefined) return 'null';
  if (value instanceof ResRef) return 'reference';
  if (typeof value !== 'object') return typeof value === 'string' ? 'text' : typeof value;
  return value.$base64 || value.$blob ? 'blob' : 'data';
}

/** The values of a row, which is a model or, in a view, a plain object. */
export function propsOf(row) { return row.props ?? row; }

/** The columns, links and back references of rows, in the order of the first row that has them. */
export function shapeOf(rows) {
  const shape = { columns: [], links: [], backReferences: [], kinds: new Map() };
  for (const row of rows) {
    for (const [name, value] of Object.entries(propsOf(row))) {
      const kind = kindOf(value);
      if (kind === 'reference') {
        const list = row.rid && value.rid.startsWith(`${row.rid}.`) ? shape.backReferences : shape.links;
        if (!list.includes(name)) list.push(name);
      } else {
        if (!shape.kinds.has(name)) shape.columns.push(name);
        if ((shape.kinds.get(name) ?? 'null') === 'null') shape.kinds.set(name, kind);
      }
    }
  }
  // A link that is null is a value in one row and a reference in another: it stays a link.
  shape.columns = shape.columns.filter(name => !shape.links.includes(name));
  return shape;
}

/** The link that belongs to a column, as `author` to `author_id`. */
export function linkOf(column, shape) {
  const name = column.replace(/_id$/i, '');
  return name !== column && shape.links.includes(name) ? name : null;
}

/** A value as one line of text. */
export function textOf(value) {
  switch (kindOf(value)) {
    case 'null': return 'NULL';
    case 'blob': return `blob, ${value.$blob?.size ?? atob(value.encoded).length} bytes`;
    case 'data': return JSON.stringify(value);
    case 'reference': return value.rid;
    default: return String(value);
  }
}

/** A value as the text to edit. */
export function editableText(value) {
  const kind = kindOf(value);
  if (kind === 'null') return '';
  return kind === 'data' ? JSON.stringify(value, null, 2) : String(value);
}

/** The raw value that a typed text stands for in a column of that kind; throws when it is no JSON where that is due. */
export function parseText(text, kind) {
  if (kind === 'boolean' && (text === 'true' || text === 'false')) return text === 'true';
  if (kind === 'number' && /^-?\d+(\.\d+)?([eE][-+]?\d+)?$/.test(text.trim())) {
    const number = Number(text);
    // What a JavaScript number cannot hold goes as text, which the database reads just as well.
    return Number.isInteger(number) && !Number.isSafeInteger(number) ? text.trim() : number;
  }
  if (kind !== 'data') return text;
  const value = JSON.parse(text);
  return value !== null && typeof value === 'object' ? { data: value } : value;
}
