// What the HTTP API does with a table, as /openapi.json describes it.

import { html, useEffect, useState } from '/console/preact-htm.mjs';
import { pathOf } from '/console/address.mjs';
import { CopyButton, Dialog } from '/console/dialogs.mjs';
import { Problem } from '/console/parts.mjs';

const METHODS = ['get', 'post', 'put', 'patch', 'delete'];

/** What a reference within the document leads to; anything else is itself. */
function resolved(document, part) {
  if (!part?.$ref) return part;
  return part.$ref.split('/').slice(1).reduce((value, name) => value?.[name], document);
}

/** A schema in a few words, as `integer or null`. */
function inWords(schema) {
  if (schema?.$ref) return schema.$ref.split('/').at(-1);
  if (schema?.anyOf) return schema.anyOf.map(inWords).join(' or ');
  if (schema?.type === 'array') return `list of ${schema.items?.enum ? schema.items.enum.filter(Boolean).join(', ') : inWords(schema.items)}`;
  const types = [schema?.type ?? 'any JSON'].flat().join(' or ');
  const { minimum, maximum } = schema ?? {};
  return minimum === undefined ? types : `${types} from ${minimum}${maximum < Number.MAX_SAFE_INTEGER ? ` to ${maximum}` : ''}`;
}

/** The operations of a document on a table, in order of their paths: `{ method, path, operation, parameters }`. */
export function operationsOf(document, path) {
  return Object.entries(document.paths).filter(([known]) => known === path || known.startsWith(`${path}/`)).flatMap(([known, item]) =>
    METHODS.filter(method => item[method]).map(method => ({
      method, path: known, operation: item[method], parameters: [...item.parameters ?? [], ...item[method].parameters ?? []],
    })));
}

function Values({ caption, rows }) {
  if (!rows.length) return null;
  return html`<table><caption>${caption}</caption><tbody>${rows.map(([name, type, note]) => html`<tr key=${name}>
    <th scope="row"><code>${name}</code></th><td>${type}</td><td class="dim">${note}</td></tr>`)}</tbody></table>`;
}

function Operation({ document, method, path, operation, parameters }) {
  const [type, content] = Object.entries(operation.requestBody?.content ?? {})[0] ?? [];
  const body = resolved(document, content?.schema);
  const answers = Object.entries(operation.responses).map(([status, answer]) => {
    const schema = Object.values(resolved(document, answer)?.content ?? {})[0]?.schema;
    return [status === 'default' ? 'else' : status, schema ? inWords(schema) : 'no body', resolved(document, answer)?.description];
  });
  return html`<details class="operation">
    <summary><b class=${method}>${method.toUpperCase()}</b> <code>${path}</code> <span>${operation.summary}</span></summary>
    <${Values} caption="Parameters" rows=${parameters.map(one => [one.name, inWords(one.schema), one.description])}/>
    ${body && html`<${Values} caption=${type} rows=${Object.entries(body.properties ?? {}).map(([name, schema]) =>
      [name, inWords(schema), body.required?.includes(name) ? 'required' : ''])}/>`}
    <${Values} caption="Answers" rows=${answers}/>
  </details>`;
}

/** The operations on the table of a resource name. */
export function APIDescription({ table, close }) {
  const [{ document, error }, setState] = useState({});
  useEffect(() => {
    fetch('/openapi.json').then(answer => answer.json()).then(document => setState({ document }), error => setState({ error }));
  }, []);
  const operations = document ? operationsOf(document, pathOf(table)) : [];
  return html`<${Dialog} title=${`HTTP API of ${table}`} close=${close}>
    ${error && html`<${Problem} error=${error}/>`}
    ${document && !operations.length && html`<p>The HTTP API is described for tables and views.</p>`}
    ${operations.map(one => html`<${Operation} key=${one.method + one.path} document=${document} ...${one}/>`)}
    <footer><a href="/openapi.json" target="_blank" rel="noreferrer">/openapi.json</a> (OpenAPI 3.1)
      <${CopyButton} text=${`${location.origin}/openapi.json`} label="Copy its address"/></footer>
  </${Dialog}>`;
}
