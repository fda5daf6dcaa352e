#!/bin/sh
# Take from an environment what a running service never reads: slim.sh FOLDER
set -eu
packages=$(echo "$1"/lib/python3.*/site-packages)
cd "$packages"
# Installers; tests and headers of libraries; parts of Arrow that read no CSV.
rm -rf pip pip-* setuptools setuptools-* "$1"/bin/pip* "$1"/include
rm -rf pyarrow/include pyarrow/tests pyarrow/src numpy/*/tests numpy/tests numpy/_core/include
rm -f pyarrow/*.pyx pyarrow/*.pxd pyarrow/*.pxi
find pyarrow -maxdepth 1 \( -name '*flight*' -o -name '*gandiva*' -o -name '_substrait*' \
    -o -name '_orc*' -o -name '*fs.cpython*' -o -name 'libarrow_s3*' -o -name '*_cuda*' \
    -o -name '_parquet*' -o -name '_dataset*' -o -name '_acero*' -o -name '_feather*' \
    -o -name '_json*' -o -name '*cpp_tests*' -o -name 'libarrow_python.so' \
    -o -name 'libarrow_python.so.*.*' -o -name '*encryption*' \) -exec rm -rf {} +
rm -rf pkg_resources lxml/isoschematron lxml/includes lxml/html lxml/objectify* alembic/testing \
    sqlalchemy/testing sqlalchemy/dialects/mssql sqlalchemy/dialects/mysql sqlalchemy/dialects/oracle
rm -rf numpy/f2py numpy/random numpy/polynomial numpy/fft numpy/typing numpy/distutils numpy/testing
# Names are looked up to see whether an address can get mail: nobody asks that here.
rm -rf dns dnspython-*
# Libraries come with their symbols: of Arrow's a fifth is that.
strip --strip-unneeded pyarrow/lib*.so.* python_calamine/*.so
find . -depth \( -name __pycache__ -o -name tests -o -name test \) -type d -exec rm -rf {} +
find . \( -name '*.pyi' -o -name '*.c' -o -name '*.h' -o -name '*.pyx' -o -name '*.pxd' \) -delete
"$1"/bin/python -m compileall -q --invalidation-mode unchecked-hash . || true
# What is left must still be all that is needed.
"$1"/bin/python -c '
import pyarrow.csv, pyarrow.compute, numpy, lxml.etree, openpyxl, python_calamine, alembic, redis
import opentelemetry.sdk.trace.export, opentelemetry.exporter.otlp.proto.http.trace_exporter
from pydantic import EmailStr, TypeAdapter
assert numpy.ones((3, 3)).dot(numpy.ones(3)).sum() == 9
assert TypeAdapter(EmailStr).validate_python("a@example.org")
'
