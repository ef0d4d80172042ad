from setuptools import Extension, setup

setup(packages=["words"], ext_modules=[Extension("words._distance", ["words/distance.c"])])
