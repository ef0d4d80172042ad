import flask

print "ipdb.set_trace", ipdb.x
