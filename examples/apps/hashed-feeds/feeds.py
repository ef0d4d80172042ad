import json
from pathlib import Path

from bottle import default_app, get, response
from feedgenerator import Rss201rev2Feed

app = default_app()


@get("/feed")
def feed():
    news = Rss201rev2Feed(title="News", link="https://example.com/", description="What happens here")
    for item in json.loads((Path(__file__).parent / "news.json").read_text()):
        news.add_item(title=item["title"], link=item["link"], description=item["title"])
    response.content_type = "application/rss+xml"
    return news.writeString("utf-8")
