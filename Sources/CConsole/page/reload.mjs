// Loads a page of the served folder anew when one of its files has changed; styles are exchanged in place.

import { ResClient } from '/resclient.mjs';

const client = new ResClient(`${location.protocol === 'https:' ? 'wss' : 'ws'}://${location.host}/`);

function exchangeStyles() {
  for (const link of document.querySelectorAll('link[rel="stylesheet"]')) {
    const url = new URL(link.href);
    if (url.origin !== location.origin) continue;
    url.searchParams.set('_changed', Date.now());
    link.href = url.href;
  }
}

client.subscribe('$sys.static').then(files => {
  files.on('change', changed => {
    if (!('version' in changed)) return;
    if (files.props.onlyStyles) exchangeStyles();
    else location.reload();
  });
}).catch(() => { /* The page is seen from another machine, where nothing is told of the files. */ });
