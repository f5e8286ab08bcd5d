#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds stand-ins for the CUDA libraries that the bindings link against, so that TensorRT's bindings
# load on a machine without a driver. Every function fails with an error code; the few that the probe
# asks claim one device, whose name is "stub device".
# Usage: stubs.sh FOLDER_WITH_LIBJNI_FILES OUTPUT_FOLDER
set -eu
jni=$1
out=$2
mkdir -p "$out"

undefined() { # prefix-pattern libjni...
  pattern=$1
  shift
  nm -D --undefined-only "$@" | awk '{print $NF}' | sed 's/@.*//' | grep -E "$pattern" | sort -u
}

library() { # soname, then symbols on standard input; extra source as the second argument
  soname=$1
  extra=${2:-}
  {
    [ -z "$extra" ] || cat "$extra"
    while read -r symbol; do
      if [ -z "$extra" ] || ! grep -q "[^a-zA-Z0-9_]$symbol(" "$extra"; then
        echo "int $symbol(void) { return 999; }"
      fi
    done
  } >"$out/$soname.c"
  cc -w -shared -fPIC -O1 -Wl,-soname,"$soname" -o "$out/$soname" "$out/$soname.c"
  rm "$out/$soname.c"
}

cat >"$out/driver.c" <<'C'
#include <string.h>
#include <stddef.h>
int cuInit(unsigned flags) { return 0; }
int cuDriverGetVersion(int *version) { *version = 13010; return 0; }
int cuDeviceGetCount(int *count) { *count = 1; return 0; }
int cuDeviceGet(int *device, int index) { *device = index; return 0; }
int cuDeviceGetName(char *name, int size, int device) { strncpy(name, "stub device", size); return 0; }
int cuDeviceGetAttribute(int *value, int attribute, int device) { *value = attribute == 75 ? 9 : attribute == 16 ? 132 : 0; return 0; }
int cuDeviceTotalMem_v2(size_t *bytes, int device) { *bytes = 80UL << 30; return 0; }
C
cat >"$out/runtime.c" <<'C'
#include <stdlib.h>
#include <string.h>
int cudaRuntimeGetVersion(int *version) { *version = 13010; return 0; }
const char *cudaGetErrorName(int code) { return "cudaErrorStub"; }
const char *cudaGetErrorString(int code) { return "this is a stand-in for CUDA"; }
/* With STUB_CUDA_MEMORY in the environment, memory of the device lies on the host. */
static int memory(void **pointer, size_t bytes) {
  if (!getenv("STUB_CUDA_MEMORY")) return 999;
  *pointer = malloc(bytes);
  return 0;
}
int cudaMalloc(void **pointer, size_t bytes) { return memory(pointer, bytes); }
int cudaMallocHost(void **pointer, size_t bytes) { return memory(pointer, bytes); }
int cudaFree(void *pointer) { free(pointer); return 0; }
int cudaFreeHost(void *pointer) { free(pointer); return 0; }
int cudaMemcpy(void *to, const void *from, size_t bytes, int kind) { memcpy(to, from, bytes); return 0; }
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) { memcpy(to, from, bytes); return 0; }
C
undefined '^cu[A-Z]' "$jni"/libjnicudart.so | library libcuda.so.1 "$out/driver.c"
undefined '^(__)?cuda' "$jni"/libjnicudart.so | library libcudart.so.13 "$out/runtime.c"
undefined '^cublasLt' "$jni"/libjnicublas.so | library libcublasLt.so.13
undefined '^cublas([^L]|L[^t])' "$jni"/libjnicublas.so | library libcublas.so.13
undefined '^cudnn' "$jni"/libjnicudnn.so | library libcudnn_graph.so.9
for part in ops cnn adv; do : | library "libcudnn_$part.so.9"; done
undefined '^nvrtc' "$jni"/libjninvrtc.so | library libnvrtc.so.13
rm "$out/driver.c" "$out/runtime.c"
