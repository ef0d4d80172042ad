import os
from pathlib import Path

from celery import Celery

app = Celery("letters", broker=os.environ["BROKER_URL"])
app.conf.broker_connection_retry_on_startup = True


@app.task
def send(to, text):
    outbox = Path("outbox")
    outbox.mkdir(exist_ok=True)
    (outbox / f"{to}.txt").write_text(text)
    return to
