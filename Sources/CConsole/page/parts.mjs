// What several screens are made of.

import { html, useEffect, useRef, useState } from '/console/preact-htm.mjs';
import { client, useRedraw, useResource } from '/console/live.mjs';

/** The head of a screen: its name, what can be done, and a line on what it shows. */
export function Heading({ title, children, hint }) {
  return html`<header class="title">
    <h1>${title}</h1>
    <div class="actions">${children}</div>
    ${hint && html`<p class="hint">${hint}</p>`}
  </header>`;
}

/** Why something cannot be shown. */
export function Problem({ error }) {
  return html`<div class="notice" role="alert"><strong>${error.message}</strong><code>${error.code}</code></div>`;
}

/** A collection of models, drawn again when it or one of them changes. */
export function useModels(rid) {
  const redraw = useRedraw();
  const state = useResource(rid);
  const { resource } = state;
  useEffect(() => {
    if (!resource?.list) return undefined;
    const follow = item => item?.on?.('change', redraw);
    const leave = item => item?.off?.('change', redraw);
    const added = ({ item }) => follow(item);
    const removed = ({ item }) => leave(item);
    for (const item of resource.list) follow(item);
    resource.on('add', added).on('remove', removed);
    return () => {
      resource.off('add', added).off('remove', removed);
      for (const item of resource.list) leave(item);
    };
  }, [resource]);
  return { ...state, rows: resource?.list ? resource.toArray().filter(item => item?.props).map(item => item.props) : [] };
}

/** A value kept in this browser. */
export function useStored(name, initial) {
  const [value, setValue] = useState(() => {
    try { return JSON.parse(localStorage.getItem(`resdev.${name}`)) ?? initial; } catch { return initial; }
  });
  const store = next => {
    setValue(next);
    try { localStorage.setItem(`resdev.${name}`, JSON.stringify(next)); } catch { /* Private windows keep nothing. */ }
  };
  return [value, store];
}

/** A button that calls something, is busy meanwhile, and says what went wrong. */
export function ActionButton({ action, children, label, kind = '', disabled }) {
  const [state, setState] = useState(null);
  const isThere = useRef(true);
  useEffect(() => () => { isThere.current = false; }, []);
  const run = async () => {
    setState({ busy: true });
    try {
      await action();
      if (isThere.current) setState(null);
    } catch (error) {
      if (isThere.current) setState({ error });
    }
  };
  return html`<button type="button" class=${kind} onClick=${run} disabled=${disabled || state?.busy} aria-label=${label}
    title=${state?.error?.message ?? label}>${children}</button>
    ${state?.error && html`<span class="problem" role="alert">${state.error.message}</span>`}`;
}

/** Calls a method of a resource below `$sys`. */
export function callSystem(rid, method, params) { return client.call(rid, method, params); }

/** A table of the screens that are no grids of data; `columns` are pairs of a heading and a class. */
export function Table({ label, columns, children, empty }) {
  const isEmpty = !children || (Array.isArray(children) && children.flat().length === 0);
  return html`<div class="grid" role="region" aria-label=${label} tabindex="0"><table>
    <thead><tr>${columns.map(([name, kind = '']) => html`<th key=${name} scope="col" class=${`plain ${kind}`}>${name}</th>`)}</tr></thead>
    <tbody>${isEmpty ? html`<tr><td colspan=${columns.length} class="dim">${empty}</td></tr>` : children}</tbody>
  </table></div>`;
}
