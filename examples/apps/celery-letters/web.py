from flask import Flask, request

from letters import send

app = Flask(__name__)


@app.get("/")
def form():
    return '<form method="post" action="/letters"><input name="to"><textarea name="text"></textarea></form>'


@app.post("/letters")
def letters():
    send.delay(request.form.get("to", "nobody"), request.form.get("text", ""))
    return "queued\n", 202


if __name__ == "__main__":
    app.run(host="0.0.0.0", port=8000)
