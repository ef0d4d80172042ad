#!/bin/sh
pip install -r plugins.txt
exec python main.py
