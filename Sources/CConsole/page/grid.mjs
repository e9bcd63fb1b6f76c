// Rows of a live query as a table that can be walked by keyboard and edited in place.

import { html, useRef, useState } from '/console/preact-htm.mjs';
import { addressOf, nextSort } from '/console/address.mjs';
import { useChanges } from '/console/live.mjs';
import { kindOf, linkOf, propsOf } from '/console/values.mjs';
import { Editor, Value } from '/console/cell.mjs';

/** Moves the focus between cells; false where the key means something else. */
function moveFocus(event) {
  const steps = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1], Home: [0, -999], End: [0, 999] };
  const step = steps[event.key];
  if (!step || event.altKey || event.ctrlKey || event.metaKey) return false;
  const row = event.currentTarget.closest('tr');
  const rows = [...row.parentElement.rows];
  const target = rows[Math.min(rows.length - 1, Math.max(0, rows.indexOf(row) + step[0]))];
  const cells = [...row.cells];
  const column = Math.min(cells.length - 1, Math.max(0, cells.indexOf(event.currentTarget) + step[1]));
  event.preventDefault();
  target.cells[column]?.focus();
  return true;
}

function Cell({ row, column, shape, changes, isFirst }) {
  const [isEditing, setEditing] = useState(false);
  const cell = useRef(null);
  const value = propsOf(row)[column];
  const kind = kindOf(value) === 'null' ? shape.kinds.get(column) : kindOf(value);
  const canEdit = Boolean(row.rid) && kind !== 'blob' && kind !== 'reference';
  const link = linkOf(column, shape);
  const target = link && propsOf(row)[link];

  function close() {
    // Whoever has gone on to another cell while the value was stored keeps the focus there.
    const active = document.activeElement;
    const hasFocus = active === document.body || cell.current.contains(active);
    setEditing(false);
    if (hasFocus) cell.current.focus();
  }
  function keyDown(event) {
    if (event.target !== event.currentTarget || moveFocus(event)) return;
    if ((event.key === 'Enter' || event.key === 'F2') && canEdit) {
      event.preventDefault();
      setEditing(true);
    }
  }
  return html`<td ref=${cell} class=${`${kind} ${isEditing ? 'open' : ''}`} tabindex=${isFirst ? 0 : -1} data-column=${column}
      onKeyDown=${keyDown} onDblClick=${() => canEdit && setEditing(true)}>
    ${isEditing
      ? html`<${Editor} value=${value} kind=${kind} label=${column} save=${raw => row.set({ [column]: raw })} close=${close}/>`
      : html`<span key=${changes} class=${changes ? 'value flash' : 'value'}><${Value} value=${value}/></span>
          ${target?.rid && html`<a class="follow" href=${addressOf(target.rid)} title=${target.rid} aria-label=${`${link}: ${target.rid}`}>↗</a>`}`}
  </td>`;
}

function Row({ row, shape, isFirst, isFresh, columns, links, onDelete }) {
  const changes = useChanges(row);
  const props = propsOf(row);
  return html`<tr class=${isFresh ? 'fresh' : ''} data-rid=${row.rid}>
    ${row.rid && html`<td class="open-row" tabindex="-1" onKeyDown=${moveFocus}>
      <a href=${addressOf(row.rid)} title=${row.rid} aria-label=${`Open ${row.rid}`}>›</a></td>`}
    ${columns.map((column, index) => html`<${Cell} key=${column} row=${row} column=${column} shape=${shape}
      changes=${changes[column] ?? 0} isFirst=${isFirst && index === 0}/>`)}
    ${links.map(name => html`<td key=${name} tabindex="-1" onKeyDown=${moveFocus}><${Value} value=${props[name]}/></td>`)}
    ${shape.backReferences.length > 0 && html`<td class="back" tabindex="-1" onKeyDown=${moveFocus}>
      ${shape.backReferences.map(name => props[name]?.rid &&
        html`<a key=${name} href=${addressOf(props[name].rid)} title=${props[name].rid}>${name}</a>`)}</td>`}
    ${row.rid && onDelete && html`<td class="delete" tabindex="-1" onKeyDown=${moveFocus}>
      <button type="button" class="quiet" onClick=${() => onDelete(row)} title=${`Delete ${row.rid}`}
        aria-label=${`Delete ${row.rid}`}>✕</button></td>`}
  </tr>`;
}

function Header({ column, kind, sort, onSort, isFixed }) {
  if (isFixed) return html`<th scope="col" class=${`plain ${kind}`}>${column}</th>`;
  const position = sort.findIndex(term => term === column || term === `-${column}`);
  const isDescending = sort[position] === `-${column}`;
  const state = position < 0 ? 'none' : isDescending ? 'descending' : 'ascending';
  const mark = position < 0 ? '' : `${isDescending ? '↓' : '↑'}${sort.length > 1 ? position + 1 : ''}`;
  return html`<th scope="col" class=${kind} aria-sort=${state}>
    <button type="button" onClick=${event => onSort(nextSort(sort, column, event.shiftKey))}
      title="Sort; with Shift, sort within the present order">${column}<span class="mark">${mark}</span></button></th>`;
}

/** The rows of a collection. `shape` says what they have; `onSort` and `onDelete` tell what is asked for; `isFixed` is without both. */
export function Grid({ rows, fresh, shape, sort, onSort, onDelete, isOld, isFixed }) {
  const links = shape.links.filter(name => !shape.columns.some(column => linkOf(column, shape) === name));
  const hasModels = rows.some(row => row.rid);
  return html`<div class="grid" role="region" aria-label="Rows" tabindex="-1">
    <table class=${isOld ? 'old' : ''}>
      <thead><tr>
        ${hasModels && html`<th class="open-row"><span class="unseen">Open</span></th>`}
        ${shape.columns.map(column => html`<${Header} key=${column} column=${column} kind=${shape.kinds.get(column)} sort=${sort} onSort=${onSort} isFixed=${isFixed}/>`)}
        ${links.map(name => html`<th key=${name} scope="col">${name}</th>`)}
        ${shape.backReferences.length > 0 && html`<th scope="col">referenced by</th>`}
        ${hasModels && !isFixed && html`<th><span class="unseen">Delete</span></th>`}
      </tr></thead>
      <tbody>${rows.map((row, index) => {
        const key = row.rid ?? JSON.stringify(row);
        return html`<${Row} key=${key} row=${row} shape=${shape} columns=${shape.columns} links=${links} isFirst=${index === 0}
          isFresh=${fresh.has(key)} onDelete=${onDelete}/>`;
      })}</tbody>
    </table>
  </div>`;
}
