import flask

from seeds import people
