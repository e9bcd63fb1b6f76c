// The Explorer: one resource of the address, which is a table, the rows that refer to a row, or a row.

import { html, useRef, useState } from '/console/preact-htm.mjs';
import { addressOf, pathOf, queryOf } from '/console/address.mjs';
import { useResource } from '/console/live.mjs';
import { shapeOf } from '/console/values.mjs';
import { APIDescription } from '/console/api.mjs';
import { CopyButton, DeleteRow, NewRow, Snippets } from '/console/dialogs.mjs';
import { Filters } from '/console/filters.mjs';
import { Grid } from '/console/grid.mjs';
import { Problem } from '/console/parts.mjs';
import { RowDetails } from '/console/row.mjs';
import { snippetsOf } from '/console/snippets.mjs';

const PAGE_SIZES = [25, 50, 100, 250, 500];

/** The head of a resource: where it is, its id and URL, and code for it. */
export function Title({ place, rid, server, resource, children }) {
  const [isCopying, setCopying] = useState(false);
  const [isDescribed, setDescribed] = useState(false);
  const hasTable = server.databases.includes(place.parts[0]) && place.parts.length > 1;
  const url = location.origin + pathOf(rid);
  return html`<header class="title">
    <h1>${place.parts.map((part, index) => html`<span key=${index}>${index > 0 && html`<i>/</i>`}
      ${index < place.parts.length - 1
        ? html`<a href=${addressOf(place.parts.slice(0, index + 1).join('.'))}>${part}</a>` : part}</span>`)}</h1>
    <div class="actions">${children}
      <button type="button" onClick=${() => setCopying(true)}>Copy as…</button>
      ${hasTable && html`<button type="button" onClick=${() => setDescribed(true)}>HTTP API…</button>`}</div>
    <dl class="ids">
      <div><dt>rid</dt><dd><code>${rid}</code><${CopyButton} text=${rid} label="Copy"/></dd></div>
      <div><dt>URL</dt><dd><code><a href=${url} target="_blank" rel="noreferrer">${url}</a></code><${CopyButton} text=${url} label="Copy"/></dd></div>
    </dl>
    ${isCopying && html`<${Snippets} snippets=${snippetsOf(rid, { origin: location.origin, nats: server.nats, resource })} close=${() => setCopying(false)}/>`}
    ${isDescribed && html`<${APIDescription} table=${place.parts.slice(0, 2).join('.')} close=${() => setDescribed(false)}/>`}
  </header>`;
}

/** What rows have had so far, so that an empty page of a table still shows its columns. */
const knownShapes = new Map();

function rememberedShape(name, rows) {
  const shape = shapeOf(rows);
  const known = knownShapes.get(name);
  if (!known) {
    if (shape.columns.length) knownShapes.set(name, shape);
    return shape;
  }
  for (const list of ['columns', 'links', 'backReferences']) {
    shape[list] = [...known[list], ...shape[list].filter(item => !known[list].includes(item))];
  }
  for (const [column, kind] of known.kinds) if ((shape.kinds.get(column) ?? 'null') === 'null') shape.kinds.set(column, kind);
  shape.columns = shape.columns.filter(column => !shape.links.includes(column));
  knownShapes.set(name, shape);
  return shape;
}

function Pager({ place, count, go }) {
  const first = count ? place.start + 1 : place.start;
  return html`<nav class="pager" aria-label="Pages">
    <button type="button" disabled=${place.start === 0} onClick=${() => go({ start: Math.max(0, place.start - place.limit) })}>‹ Previous</button>
    <span aria-live="polite">${count ? `rows ${first}–${place.start + count}` : 'no rows'}</span>
    <button type="button" disabled=${count < place.limit} onClick=${() => go({ start: place.start + place.limit })}>Next ›</button>
    <label>per page <select value=${place.limit} onChange=${event => go({ limit: Number(event.target.value), start: 0 })}>
      ${[...new Set([...PAGE_SIZES, place.limit])].sort((a, b) => a - b).map(size => html`<option key=${size} value=${size}>${size}</option>`)}
    </select></label>
  </nav>`;
}

/** A table or other collection as a grid. */
export function CollectionScreen({ place, server }) {
  const rid = `${place.name}?${queryOf(place, true)}`;
  const { rid: shownRID, resource, error, fresh } = useResource(rid);
  const [dialog, setDialog] = useState(null);
  const last = useRef(null);
  const isCurrent = shownRID === rid;
  if (resource && resource.rid.split('?')[0] === place.name) last.current = resource;
  const shown = last.current?.rid.split('?')[0] === place.name ? last.current : null;
  const rows = shown && !(isCurrent && error) ? shown.toArray().filter(row => !(row instanceof Error)) : [];
  const shape = rememberedShape(place.name, rows);
  const go = changes => { location.hash = addressOf({ ...place, ...changes }); };
  const isReadOnly = rows.length > 0 && !rows[0].rid;
  return html`<${Title} place=${place} rid=${rid} server=${server} resource=${shown}>
      ${!isReadOnly && shown && html`<button type="button" class="primary" onClick=${() => setDialog(html`<${NewRow} collection=${shown}
        shape=${shape} close=${() => setDialog(null)}/>`)}>+ Row</button>`}
      ${isReadOnly && html`<span class="badge">view, read only</span>`}
    </${Title}>
    <${Filters} filters=${place.filters} columns=${shape.columns} onChange=${filters => go({ filters, start: 0 })}/>
    ${isCurrent && error ? html`<${Problem} error=${error}/>`
      : !shown ? html`<p class="notice">Loading…</p>`
      : rows.length ? html`<${Grid} rows=${rows} fresh=${fresh} shape=${shape} sort=${place.sort} isOld=${!isCurrent}
          onSort=${sort => go({ sort, start: 0 })}
          onDelete=${row => setDialog(html`<${DeleteRow} row=${row} close=${() => setDialog(null)}/>`)}/>`
      : html`<p class="notice">${place.filters.length ? 'No row meets all conditions.' : place.start ? 'There are no rows that far.' : 'No rows yet.'}</p>`}
    ${shown && html`<${Pager} place=${place} count=${rows.length} go=${go}/>`}
    ${dialog}`;
}

/** A row as a form. */
export function RowScreen({ place, server }) {
  const { rid, resource, error } = useResource(place.name);
  const [dialog, setDialog] = useState(null);
  const model = rid === place.name ? resource : null;
  return html`<${Title} place=${place} rid=${place.name} server=${server} resource=${model}>
      ${model && html`<button type="button" class="danger" onClick=${() => setDialog(html`<${DeleteRow} row=${model} close=${() => setDialog(null)}/>`)}>Delete</button>`}
    </${Title}>
    ${error && rid === place.name ? html`<${Problem} error=${error}/>`
      : model ? html`<${RowDetails} key=${place.name} model=${model}/>` : html`<p class="notice">Loading…</p>`}
    ${dialog}`;
}
