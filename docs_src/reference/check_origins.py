from duologue import Duologue, WebSocketRoute
from duologue.origins import AllowedHosts, AllowedOrigins, Origin, OriginPattern, TrustedProxies

origins = AllowedOrigins(["https://friend.example", "https://*.friend.example"])
pattern = OriginPattern.parse("https://*.friend.example")
hosts = AllowedHosts(["chat.example"])
proxies = TrustedProxies(["*"])


async def check(websocket):
    await websocket.accept()
    await websocket.send_json(
        {
            "trusted": proxies.trust(websocket.scope),
            "host": proxies.host(websocket.scope, websocket.headers),
            "secure": proxies.is_secure(websocket.scope, websocket.headers),
        }
    )
    async for text in websocket.iter_text():
        origin = Origin.parse(text)
        if origin is None:
            await websocket.send_json(None)
            continue
        await websocket.send_json(
            {
                "own": origin.is_at("chat.example", secure=True),
                "allowed": origins.allow(text),
                "below friend.example": pattern.matches(origin),
                "answers for it": hosts.allow(origin.host),
            }
        )


app = Duologue(routes=[WebSocketRoute("/check", check)])
