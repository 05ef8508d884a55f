from contextlib import asynccontextmanager

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from duologue import Duologue, WebSocketRoute


class Base(DeclarativeBase):
    pass


class Name(Base):
    __tablename__ = "names"
    name: Mapped[str] = mapped_column(primary_key=True)


@asynccontextmanager
async def lifespan(app):
    engine = create_async_engine("sqlite+aiosqlite://")  # in memory
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    yield {"sessions": async_sessionmaker(engine)}  # <--
    await engine.dispose()


async def register(websocket):
    await websocket.accept()
    async for name in websocket.iter_text():
        try:
            async with websocket.state.sessions.begin() as session:  # <--
                session.add(Name(name=name))
                count = await session.scalar(select(func.count(Name.name)))
        except IntegrityError:
            await websocket.send_json({"error": f"{name} is taken."})
        else:
            await websocket.send_json({"registered": name, "names": count})


app = Duologue(routes=[WebSocketRoute("/names", register)], lifespan=lifespan)
