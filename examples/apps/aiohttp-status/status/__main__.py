import os

from aiohttp import web


async def index(request):
    return web.json_response({"name": os.environ["STATUS_NAME"], "services": {}})


async def ready(request):
    return web.Response(text="ready\n")


app = web.Application()
app.add_routes([web.get("/", index), web.get("/ready", ready)])
web.run_app(app, port=int(os.environ["PORT"]))
