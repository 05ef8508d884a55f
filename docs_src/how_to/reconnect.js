const REFUSED = [1000, 1008];

export function connect(url, onMessage, options = {}) {
  const {
    onState = () => {},
    firstDelay = 1_000,
    longestDelay = 30_000,
    firstAttempts = 5,
    final = REFUSED,
  } = options;
  const address = new URL(url, location.href.replace(/^http/, "ws"));
  let socket, timer;
  let failures = 0;
  let opened = false;

  function open() {
    clearTimeout(timer);
    timer = undefined;
    socket = new WebSocket(address);
    socket.onopen = () => {
      opened = true;
      onState("open");
    };
    socket.onmessage = ({ data }) => {
      failures = 0;
      const message = JSON.parse(data);
      if (message.offset) address.searchParams.set("after", message.offset);
      onMessage(message);
    };
    socket.onclose = ({ code, reason }) => {
      const ceiling = Math.min(longestDelay, firstDelay * 2 ** failures);
      failures += 1;
      if (final.includes(code) || (!opened && failures >= firstAttempts)) {
        onState("closed", { code, reason });
        return;
      }
      timer = setTimeout(open, Math.random() * ceiling);
      onState("waiting", { code, reason });
    };
  }

  function openNow() {
    if (timer !== undefined) open();
  }

  function send(message) {
    if (socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(message));
    return true;
  }

  function close() {
    clearTimeout(timer);
    timer = undefined;
    removeEventListener("online", openNow);
    socket.onclose = null;
    socket.close(1000);
    onState("closed", { code: 1000, reason: "" });
  }

  addEventListener("online", openNow);
  open();
  return { send, close };
}
