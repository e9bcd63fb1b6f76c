// One row: its values, what it refers to, and what refers to it.

import { html, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { useChanges } from '/console/live.mjs';
import { kindOf, linkOf, shapeOf } from '/console/values.mjs';
import { Editor, Value } from '/console/cell.mjs';

function Property({ model, name, changes, link }) {
  const [isEditing, setEditing] = useState(false);
  const value = model.props[name];
  const kind = kindOf(value);
  const canEdit = kind !== 'blob';
  return html`<div class="property" data-column=${name}>
    <dt>${name}</dt>
    <dd>${isEditing
      ? html`<${Editor} value=${value} kind=${kind} label=${name} save=${raw => model.set({ [name]: raw })} close=${() => setEditing(false)}/>`
      : html`<span key=${changes} class=${`value ${changes ? 'flash' : ''}`} onDblClick=${() => canEdit && setEditing(true)}><${Value} value=${value}/></span>
          ${link && html`<a class="follow" href=${addressOf(link.rid)}>${link.rid} ↗</a>`}
          ${canEdit && html`<button type="button" class="quiet edit" onClick=${() => setEditing(true)} aria-label=${`Edit ${name}`}>✎</button>`}`}
    </dd></div>`;
}

/** The values of a model, each to be edited, and its references both ways. */
export function RowDetails({ model }) {
  const changes = useChanges(model);
  const shape = shapeOf([model]);
  const loose = shape.links.filter(name => !shape.columns.some(column => linkOf(column, shape) === name));
  return html`<dl class="row">
    ${shape.columns.map(name => html`<${Property} key=${name} model=${model} name=${name} changes=${changes[name] ?? 0}
      link=${linkOf(name, shape) && model.props[linkOf(name, shape)]}/>`)}
    ${loose.map(name => html`<div class="property" key=${name}><dt>${name}</dt><dd><${Value} value=${model.props[name]}/></dd></div>`)}
    ${shape.backReferences.length > 0 && html`<div class="property"><dt>referenced by</dt><dd class="back">
      ${shape.backReferences.map(name => html`<a key=${name} href=${addressOf(model.props[name].rid)}>${name}</a>`)}</dd></div>`}
  </dl>`;
}
