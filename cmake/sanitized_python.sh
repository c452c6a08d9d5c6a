#!/usr/bin/env bash
# Runs a command with the extension of build/asan-python under AddressSanitizer and UndefinedBehaviorSanitizer.
# Usage: cmake/sanitized_python.sh python -m pytest …
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
build=$root/build/asan-python
package=$build/python/wrench_serverless
mkdir -p "$package"
for file in "$root"/python/wrench_serverless/*; do
  case $file in *.so | *__pycache__) ;; *) ln -sf "$file" "$package/" ;; esac
done
ln -sf "$build"/_core.*.so "$package/"
# The editable install's finder comes before PYTHONPATH: out of the way with it.
echo 'import sys; sys.meta_path = [f for f in sys.meta_path if "ScikitBuild" not in type(f).__name__]' \
  > "$build/python/sitecustomize.py"
# The interpreter is not instrumented: the runtime has to be there before it. malloc, so that each object of Python's is
# seen. No leak check: the interpreter leaves thousands of objects at its end, and test_lifetimes.py counts ours. The
# check of one-definition rules and the alternative stack are for programs that are instrumented as a whole.
# No guarded zones on the stack (asan-stack=0 in the preset): greenlet copies stacks byte by byte, zones included, and
# AddressSanitizer can't walk the stack then, to see that this is suppressed.
export LD_PRELOAD="$(${CXX:-c++} -print-file-name=libasan.so) $(${CXX:-c++} -print-file-name=libubsan.so) $(${CXX:-c++} -print-file-name=libstdc++.so)"
export PYTHONMALLOC=malloc
export PYTHONPATH=$build/python
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:use_sigaltstack=0:abort_on_error=1:suppressions=$root/cmake/asan_suppressions.txt
export UBSAN_OPTIONS=print_stacktrace=1
exec "$@"
