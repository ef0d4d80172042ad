#define PY_SSIZE_T_CLEAN
#include <Python.h>

/* How many letters differ at the same places, and how many there are too many. */
static PyObject *distance(PyObject *self, PyObject *args) {
    const char *a, *b;
    Py_ssize_t n, m, count = 0;
    if (!PyArg_ParseTuple(args, "s#s#", &a, &n, &b, &m)) return NULL;
    for (Py_ssize_t i = 0; i < n && i < m; i++) count += a[i] != b[i];
    return PyLong_FromSsize_t(count + (n > m ? n - m : m - n));
}

static PyMethodDef methods[] = {{"distance", distance, METH_VARARGS, "Differing letters."}, {NULL, NULL, 0, NULL}};
static struct PyModuleDef module = {PyModuleDef_HEAD_INIT, "_distance", NULL, -1, methods};

PyMODINIT_FUNC PyInit__distance(void) { return PyModule_Create(&module); }
