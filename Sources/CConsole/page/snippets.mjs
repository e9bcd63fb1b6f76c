// The same resource in other people's tools.

import { pathOf } from '/console/address.mjs';

/** Pairs of a tool's name and the code that gets a resource with it. */
export function snippetsOf(rid, { origin, nats }) {
  const url = origin + pathOf(rid);
  const [name, query] = rid.split(/\?(.*)/s);
  const params = query ? `json.dumps({"query": ${JSON.stringify(query)}}).encode()` : 'b""';
  return [
    ['curl', `curl '${url}'\n`],
    ['fetch', `const response = await fetch('${url}');\nif (!response.ok) throw new Error((await response.json()).message);\nconst rows = await response.json();\n`],
    ['ResClient', `import { ResClient } from '${origin}/resclient.mjs';

const client = new ResClient('${origin.replace(/^http/, 'ws')}/');
const resource = await client.subscribe('${rid}');
console.log(resource.toJSON());
resource.on('add', ({ item, idx }) => console.log('added', idx, item.toJSON?.() ?? item));
resource.on('remove', ({ idx }) => console.log('removed', idx));
resource.on('change', changed => console.log('changed', Object.keys(changed)));
`],
    ['nats-py', `import asyncio, json, nats

async def main():
    nc = await nats.connect("${nats ?? 'nats://127.0.0.1:4222'}")
    reply = await nc.request("get.${name}", ${params})
    print(json.loads(reply.data))
    events = await nc.subscribe("event.${name}.>")
    async for message in events.messages:
        print(message.subject, message.data.decode())

asyncio.run(main())
`],
  ];
}
