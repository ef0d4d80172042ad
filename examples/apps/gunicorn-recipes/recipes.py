import json
import os
from pathlib import Path

import markdown
from flask import Flask, abort, render_template

app = Flask(__name__)
HERE = Path(__file__).parent
RECIPES = json.loads((HERE / "recipes.json").read_text())


@app.route("/")
def index():
    return render_template("index.html", title=os.environ["RECIPES_TITLE"], recipes=RECIPES)


@app.route("/recipes/<name>")
def recipe(name):
    if name not in RECIPES:
        abort(404)
    return render_template("recipe.html", name=name, text=markdown.markdown(RECIPES[name]))
