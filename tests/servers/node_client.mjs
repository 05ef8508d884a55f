// What Node's `ws` sees of a server, as one line of JSON: node node_client.mjs ws://HOST:PORT
import WebSocket from "ws"

const [url] = process.argv.slice(2)

function converse(path, protocols, onMessage = () => {}) {
    return new Promise((resolve) => {
        const seen = { messages: [] }
        const socket = new WebSocket(url + path, protocols)
        socket.on("open", () => {
            seen.subprotocol = socket.protocol
            onMessage(socket, seen.messages)
        })
        socket.on("message", (data, isBinary) => {
            seen.messages.push(isBinary ? [...data] : data.toString())
            onMessage(socket, seen.messages)
        })
        socket.on("unexpected-response", (request, response) => {
            request.destroy() // the body may never end: one server keeps the connection open
            resolve({ ...seen, status: response.statusCode })
        })
        socket.on("error", (error) => (seen.error = error.message))
        socket.on("close", (code, reason) => resolve({ ...seen, end: [code, reason.toString()] }))
    })
}

function echo(socket, messages) {
    const next = ["Grüße, 你好", Buffer.from([0, 255]), "x".repeat(100_000)][messages.length]
    if (next === undefined) socket.close(4002, "done")
    else socket.send(next)
}

console.log(
    JSON.stringify({
        echo: await converse("/echo/node-echo", [], echo),
        greeting: await converse("/greet/node-greet", ["chat.v2", "chat.v1"]),
        denial: await converse("/deny/node-deny", []),
        closed: await converse("/refuse/node-refuse", []),
    }),
)
