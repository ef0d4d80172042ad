from recipes import app


def test_unknown_recipe():
    assert app.test_client().get("/recipes/gruel").status_code == 404
