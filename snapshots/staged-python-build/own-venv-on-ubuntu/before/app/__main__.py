import pycurl
