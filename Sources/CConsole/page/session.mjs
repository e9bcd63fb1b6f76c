// A session that is recorded from the live wire, and played again against the server as it is now.

import { pathOf } from '/console/address.mjs';
import { client } from '/console/live.mjs';
import { download } from '/console/format.mjs';
import { Wire } from '/console/wire.mjs';

const FORMAT = 'resdev-session';
const MAXIMUM = 10000;

class Session {
  requests = [];
  played = [];
  isRecording = false;
  isPlaying = false;
  #wire = null;
  #followers = new Set();

  /** Calls back whenever something is different; gives the function that ends that. */
  follow(changed) {
    this.#followers.add(changed);
    return () => { this.#followers.delete(changed); };
  }

  #tell() { for (const changed of this.#followers) changed(); }

  /** How long it took, in milliseconds. */
  get length() { return this.requests.length ? this.requests.at(-1).at : 0; }

  record() {
    this.requests = [];
    this.played = [];
    this.isRecording = true;
    let start = null;
    this.#wire = new Wire(rows => {
      for (const row of rows ?? []) {
        if ((row.kind !== 'http' && row.kind !== 'ws') || row.action === 'unsubscribe' || this.requests.length >= MAXIMUM) continue;
        start ??= row.at;
        this.requests.push({ at: Math.max(0, row.at - start), kind: row.kind, action: row.action, method: row.method, resource: row.resource,
          params: row.params, result: row.status ?? row.error ?? 'ok', us: row.us });
      }
      if (rows?.length) this.#tell();
    });
    this.#tell();
  }

  stop() {
    this.isRecording = false;
    this.#wire?.close();
    this.#wire = null;
    this.requests.sort((a, b) => a.at - b.at);
    this.#tell();
  }

  save() { download('session.json', JSON.stringify({ format: FORMAT, version: 1, requests: this.requests }, null, 1)); }

  load(text) {
    const { format, version, requests } = JSON.parse(text);
    if (format !== FORMAT || version !== 1 || !Array.isArray(requests)) throw new Error('This is no session that was saved here');
    this.requests = requests.slice(0, MAXIMUM);
    this.played = [];
    this.#tell();
  }

  halt() { this.isPlaying = false; }

  /** Asks for all again, each at its time; `speed` divides the times. */
  async play(speed) {
    this.isPlaying = true;
    this.played = [];
    this.#tell();
    const start = performance.now();
    const running = [];
    for (const request of this.requests) {
      const wait = request.at / speed - (performance.now() - start);
      if (wait > 0) await new Promise(resolve => { setTimeout(resolve, wait); });
      if (!this.isPlaying) break;
      running.push(this.#ask(request));
      if (speed === Infinity && running.length % 50 === 0) await Promise.all(running);
    }
    await Promise.all(running);
    this.isPlaying = false;
    this.#tell();
  }

  async #ask(request) {
    const start = performance.now();
    let result;
    try { result = await (request.kind === 'http' ? askHTTP(request) : askSocket(request)); } catch (error) { result = error.code ?? error.message; }
    this.played.push({ request, result, isSame: String(result) === String(request.result), us: (performance.now() - start) * 1000 });
    this.#tell();
  }
}

async function askHTTP({ action, resource, params }) {
  const hasBody = params !== undefined && action !== 'GET' && action !== 'HEAD';
  const response = await fetch(pathOf(resource), { method: action, body: hasBody ? JSON.stringify(params) : undefined });
  await response.arrayBuffer();
  return response.status;
}

async function askSocket({ action, method, resource, params }) {
  if (action === 'call' || action === 'new') await client.call(resource, method ?? 'new', params);
  else if (action === 'auth') await client.auth(resource, method, params);
  else (await client.subscribe(resource)).release();
  return 'ok';
}

/** The one session of this page; it goes on while other screens are shown. */
export const session = new Session();
