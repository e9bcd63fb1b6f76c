"""A NATS client whose flush means what tests need: the server has taken in everything that was sent before."""

from nats.aio.client import Client


class NATSClient(Client):
    async def flush(self, timeout=10):
        """nats-py sends the PING of a flush ahead of what it has not written yet; that of a second one comes after."""
        await super().flush(timeout)
        await super().flush(timeout)


async def connect(url, **options):
    """Connects once; a connection that is lost stays so."""
    client = NATSClient()
    await client.connect(url, **{"allow_reconnect": False, **options})
    return client
