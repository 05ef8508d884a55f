from datetime import date

from duologue import Duologue, WebSocketRoute
from duologue.convertors import Convertor, register_url_convertor


class DateConvertor(Convertor[date]):  # <--
    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def convert(self, value):
        return date.fromisoformat(value)

    def to_string(self, value):
        return value.isoformat()


register_url_convertor("date", DateConvertor())  # <--


async def show(websocket):
    await websocket.accept()
    await websocket.send_text(f"{websocket.path_params['day']:%d %B %Y}")
    await websocket.close()


app = Duologue(routes=[WebSocketRoute("/days/{day:date}", show)])  # <--
