// What components know of resources: they follow them while they are shown, and are drawn once a frame at most.

import { useEffect, useReducer, useRef, useState } from '/console/preact-htm.mjs';
import { ResClient } from '/resclient.mjs';

export const client = new ResClient(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);

/** A function that has the component drawn again, in the next frame however often it is called. */
export function useRedraw() {
  const [, redraw] = useReducer(count => count + 1, 0);
  const frame = useRef(0);
  useEffect(() => () => cancelAnimationFrame(frame.current), []);
  return useRef(() => {
    if (frame.current) return;
    frame.current = requestAnimationFrame(() => {
      frame.current = 0;
      redraw();
    });
  }).current;
}

/** Whether the server is connected. */
export function useConnected() {
  const [isConnected, setConnected] = useState(client.connected);
  useEffect(() => {
    const update = () => setConnected(client.connected);
    client.on('connect', update).on('disconnect', update);
    update();
    return () => client.off('connect', update).off('disconnect', update);
  }, []);
  return isConnected;
}

/** A resource that is followed: its object, or why there is none; `fresh` holds the items that were added meanwhile. */
export function useResource(rid) {
  const redraw = useRedraw();
  const [state, setState] = useState({ rid: null, resource: null, error: null, fresh: new Set() });
  const [attempt, setAttempt] = useState(0);
  useEffect(() => {
    if (!rid) return undefined;
    let resource = null;
    let isOver = false;
    const fresh = new Set();
    const added = ({ item }) => {
      fresh.add(item.rid ?? JSON.stringify(item));
      redraw();
    };
    const listeners = { add: added, remove: redraw, change: redraw, unsubscribe: lost, delete: deleted };
    function letGo() {
      for (const [event, listener] of Object.entries(listeners)) resource?.off(event, listener);
      resource?.release();
      resource = null;
    }
    function lost(error) {
      letGo();
      setState({ rid, resource: null, error, fresh });
    }
    function deleted() { lost({ code: 'system.deleted', message: 'It has just been deleted.' }); }
    client.subscribe(rid).then(found => {
      if (isOver) return found.release();
      resource = found;
      for (const [event, listener] of Object.entries(listeners)) resource.on(event, listener);
      setState({ rid, resource, error: null, fresh });
    }).catch(error => { if (!isOver) lost(error); });
    // What failed for want of a connection, or of a service that was not back yet, is tried again.
    const again = () => { if (!resource) setAttempt(attempt + 1); };
    client.on('connect', again);
    return () => {
      isOver = true;
      client.off('connect', again);
      letGo();
    };
  }, [rid, attempt]);
  return state;
}

/** How often each value of a model has changed while it was shown. */
export function useChanges(model) {
  const redraw = useRedraw();
  const counts = useRef({});
  useEffect(() => {
    if (!model.on) return undefined;
    const changed = values => {
      for (const name of Object.keys(values)) counts.current[name] = (counts.current[name] ?? 0) + 1;
      redraw();
    };
    model.on('change', changed);
    return () => model.off('change', changed);
  }, [model]);
  return counts.current;
}
