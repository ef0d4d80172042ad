from typing import TYPE_CHECKING

import flask

try:
    import flask_debugtoolbar
except ImportError:
    flask_debugtoolbar = None

if TYPE_CHECKING:
    import pudb
