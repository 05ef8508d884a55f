from contextlib import asynccontextmanager

from opentelemetry.context import Context
from opentelemetry.instrumentation.asgi import OpenTelemetryMiddleware
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, ConsoleSpanExporter
from opentelemetry.trace import Link, get_current_span

from duologue import Duologue, WebSocketRoute

provider = TracerProvider(resource=Resource.create({"service.name": "chat"}))
tracer = provider.get_tracer("chat")


@asynccontextmanager
async def lifespan(app):
    provider.add_span_processor(BatchSpanProcessor(ConsoleSpanExporter()))  # <--
    yield
    provider.force_flush()


async def chat(websocket):
    await websocket.accept()
    connection = Link(get_current_span().get_span_context())  # <--
    async for text in websocket.iter_text():
        with tracer.start_as_current_span("message", Context(), links=[connection]) as span:  # <--
            span.set_attribute("characters", len(text))
            await websocket.send_text(text)


app = OpenTelemetryMiddleware(  # <--
    Duologue(routes=[WebSocketRoute("/chat", chat)], lifespan=lifespan),
    tracer_provider=provider,
    exclude_spans=["receive", "send"],
)
