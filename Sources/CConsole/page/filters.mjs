// The conditions of a query, each a line of column, operator and value.

import { html, useEffect, useState } from '/console/preact-htm.mjs';
import { OPERATORS } from '/console/address.mjs';

function Filter({ filter, columns, onChange, onRemove }) {
  const [value, setValue] = useState(filter.value);
  useEffect(() => setValue(filter.value), [filter.value]);
  const known = columns.includes(filter.column) ? columns : [filter.column, ...columns];
  const commit = () => { if (value !== filter.value) onChange({ ...filter, value }); };
  const changeOperator = operator => {
    const isSwitch = operator === 'isnull' || filter.operator === 'isnull';
    onChange({ ...filter, operator, value: isSwitch ? (operator === 'isnull' ? 'true' : '') : value });
  };
  return html`<span class="filter">
    <select aria-label="Column" value=${filter.column} onChange=${event => onChange({ ...filter, value, column: event.target.value })}>
      ${known.map(column => html`<option key=${column} value=${column}>${column}</option>`)}</select>
    <select aria-label="Condition" value=${filter.operator} onChange=${event => changeOperator(event.target.value)}>
      ${OPERATORS.map(([operator, sign]) => html`<option key=${operator} value=${operator}>${sign}</option>`)}</select>
    ${filter.operator === 'isnull'
      ? html`<select aria-label="Value" value=${filter.value} onChange=${event => onChange({ ...filter, value: event.target.value })}>
          <option value="true">true</option><option value="false">false</option></select>`
      : html`<input aria-label="Value" value=${value} size=${Math.max(8, Math.min(30, value.length))}
          onInput=${event => setValue(event.target.value)} onBlur=${commit}
          onKeyDown=${event => event.key === 'Enter' && commit()}/>`}
    <button type="button" class="quiet" onClick=${onRemove} aria-label=${`Remove the condition on ${filter.column}`}>✕</button>
  </span>`;
}

/** All conditions of a query; `onChange` gets the new list. */
export function Filters({ filters, columns, onChange }) {
  const replace = (index, filter) => onChange(filters.map((known, place) => (place === index ? filter : known)));
  return html`<div class="filters" role="group" aria-label="Filters">
    ${filters.map((filter, index) => html`<${Filter} key=${index} filter=${filter} columns=${columns}
      onChange=${changed => replace(index, changed)} onRemove=${() => onChange(filters.filter(known => known !== filter))}/>`)}
    <button type="button" disabled=${!columns.length} onClick=${() =>
      // The first condition is one that holds for every row, so that nothing vanishes before a value is typed.
      onChange([...filters, { column: columns[0], operator: 'contains', value: '' }])}>+ Filter</button>
  </div>`;
}
