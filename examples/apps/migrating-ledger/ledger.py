import os
import sqlite3

from flask import Flask, jsonify, request

app = Flask(__name__)


def database():
    return sqlite3.connect(os.environ["LEDGER_DATABASE"])


@app.get("/balance")
def balance():
    with database() as connection:
        (total,) = connection.execute("SELECT COALESCE(SUM(amount), 0) FROM entries").fetchone()
    return jsonify(balance=total)


@app.post("/entries")
def add():
    with database() as connection:
        connection.execute("INSERT INTO entries (amount) VALUES (?)", (int(request.form.get("amount", 1)),))
    return "noted\n", 201
