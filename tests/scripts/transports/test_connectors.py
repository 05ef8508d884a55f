from duologue.scripts.transports.connectors import Channel, Connector


class Silent(Channel):
    async def open(self): ...
    async def send(self, message): ...
    async def receive(self): ...
    async def close(self, code, reason): ...
    async def drop(self): ...
    async def finish(self): ...


class Nothing(Connector):
    def channel(self, path, headers, subprotocols):
        return Silent()


async def test_a_connector_needs_little():
    async with Nothing() as connector:
        channel = connector.channel("/", (), ())
        await channel.settle()
    assert channel.crash is None
    assert channel.hint is None
