from fastapi.testclient import TestClient

from items.main import app


def test_unknown_item():
    assert TestClient(app).get("/items/7").status_code == 404
