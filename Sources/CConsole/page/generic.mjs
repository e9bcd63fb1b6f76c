// Resources that are no tables: what services serve, what is stored by name alone, and what databases tell of themselves.

import { html, useState } from '/console/preact-htm.mjs';
import { addressOf } from '/console/address.mjs';
import { client, useResource } from '/console/live.mjs';
import { Value } from '/console/cell.mjs';
import { RowDetails } from '/console/row.mjs';
import { Grid } from '/console/grid.mjs';
import { shapeOf, textOf } from '/console/values.mjs';
import { Title } from '/console/explorer.mjs';
import { Problem } from '/console/parts.mjs';

/** Calls any method of a resource. */
function Call({ rid }) {
  const [method, setMethod] = useState('');
  const [params, setParams] = useState('');
  const [answer, setAnswer] = useState(null);
  const call = async event => {
    event.preventDefault();
    try {
      const result = await client.call(rid, method, params.trim() ? JSON.parse(params) : undefined);
      setAnswer({ text: result?.rid ? result.rid : JSON.stringify(result ?? null, null, 2), rid: result?.rid });
    } catch (error) { setAnswer({ error: error instanceof SyntaxError ? 'The parameters are no JSON.' : error.message }); }
  };
  return html`<form class="panel" aria-label="Call a method" onSubmit=${call}><div class="row-fields">
      <label>Method <input name="method" required value=${method} size="12" onInput=${event => setMethod(event.target.value)} placeholder="set"/></label>
      <label class="wide">Parameters <textarea name="params" rows="1" value=${params} onInput=${event => setParams(event.target.value)} placeholder='{"name": "value"}'></textarea></label>
      <button>Call</button></div>
    <div role="status">${answer && (answer.error ? html`<p class="problem">${answer.error}</p>`
      : answer.rid ? html`<a href=${addressOf(answer.rid)}>${answer.rid}</a>` : html`<pre class="answer">${answer.text}</pre>`)}</div>
  </form>`;
}

function Values({ resource }) {
  const items = resource.toArray();
  const models = items.filter(item => item?.props);
  if (models.length === items.length && items.length) {
    return html`<${Grid} rows=${items} fresh=${new Set()} shape=${shapeOf(items)} sort=${[]} onSort=${() => {}} isFixed/>`;
  }
  return html`<ol class="row list">${items.map((item, index) => html`<li class="property" key=${index}><span class="dim">${index}</span>
    <span>${item?.rid && item.props ? html`<a href=${addressOf(item.rid)}>${item.rid}</a> <code class="dim">${textOf(item.toJSON())}</code>`
      : item?.rid && item.list ? html`<a href=${addressOf(item.rid)}>${item.rid}</a>` : html`<${Value} value=${item}/>`}</span></li>`)}</ol>`;
}

/** A resource of any kind, by its id. */
export function GenericScreen({ place, server }) {
  const rid = place.name + (place.text ? `?${place.text}` : '');
  const { rid: shown, resource, error } = useResource(rid);
  const isHere = shown === rid;
  return html`<${Title} place=${place} rid=${rid} server=${server} resource=${isHere ? resource : null}/>
    ${isHere && error ? html`<${Problem} error=${error}/>` : !isHere || !resource ? html`<p class="notice">Loading…</p>`
      : resource.list ? html`<${Values} resource=${resource}/>` : html`<${RowDetails} key=${rid} model=${resource}/>`}
    <${Call} rid=${rid}/>`;
}
