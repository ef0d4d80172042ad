import magic
from bottle import default_app, post, request

app = default_app()


@post("/")
def kind():
    return {"type": magic.from_buffer(request.body.read(2048), mime=True)}
