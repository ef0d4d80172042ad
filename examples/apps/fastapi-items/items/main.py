from fastapi import FastAPI, HTTPException
from pydantic import BaseModel

app = FastAPI()


class Item(BaseModel):
    name: str = "thing"
    price: float = 1.0


ITEMS: dict[int, Item] = {}


@app.get("/health")
def health():
    return {"items": len(ITEMS)}


@app.get("/items/{number}")
def read(number: int):
    if number not in ITEMS:
        raise HTTPException(404)
    return ITEMS[number]


@app.put("/items/{number}", status_code=201)
def write(number: int, item: Item | None = None):
    ITEMS[number] = item or Item()
    return ITEMS[number]
