#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Builds stand-ins for the CUDA libraries that the bindings link against, so that TensorRT's bindings
# load on a machine without a driver. Every function fails with an error code or gives a text that says
# so; the few that the probe asks claim one device, whose name is "stub device".
# Usage: stubs.sh FOLDER_WITH_LIBJNI_FILES OUTPUT_FOLDER
set -eu
jni=$1
out=$2
mkdir -p "$out"

# Makes the stand-in SONAME of what the files bind to in it: by the version node of that name, as in CUDA's own
# libraries, or, where they bind to no version, by a prefix of the name.
library() { # SONAME EXTRA_SOURCE_OR_- PREFIX_PATTERN FILE...
  soname=$1
  extra=$2
  prefix=$3
  shift 3
  nm -D --undefined-only --with-symbol-versions "$@" | awk '{print $NF}' | sort -u >"$out/bound"
  awk -F@ -v soname="$soname" -v prefix="^$prefix" '$2 == soname || (NF == 1 && $1 ~ prefix) {print $1}' \
    "$out/bound" >"$out/symbols"
  {
    [ "$extra" = - ] || cat "$extra"
    while read -r symbol; do
      if [ "$extra" = - ] || ! grep -q "[^a-zA-Z0-9_]$symbol(" "$extra"; then
        case $symbol in
          *ErrorString | *StatusString | *StatusName)
            echo "const char *$symbol(void) { return \"this is a stand-in for CUDA\"; }" ;;
          *) echo "int $symbol(void) { return 999; }" ;;
        esac
      fi
    done <"$out/symbols"
  } >"$out/$soname.c"
  script=
  if grep -q "@$soname\$" "$out/bound"; then
    echo "$soname { global: *; };" >"$out/versions"
    script=-Wl,--version-script,$out/versions
  fi
  cc -w -shared -fPIC -O1 -Wl,-soname,"$soname" $script -o "$out/$soname" "$out/$soname.c"
  rm -f "$out/$soname.c" "$out/bound" "$out/symbols" "$out/versions"
}

cat >"$out/driver.c" <<'C'
#include <stdlib.h>
#include <string.h>
#include <stddef.h>
int cuInit(unsigned flags) { return 0; }
/* The newest CUDA of the driver can be set as STUB_CUDA_VERSION, for example 13000. */
int cuDriverGetVersion(int *version) {
  const char *set = getenv("STUB_CUDA_VERSION");
  *version = set ? atoi(set) : 13010;
  return 0;
}
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
static int copies;
int cudaMemcpyAsync(void *to, const void *from, size_t bytes, int kind, void *stream) { copies++; memcpy(to, from, bytes); return 0; }
int stub_copies(void) { return copies; }
/* For tables of virtual functions: a function that succeeds. */
int stub_true(void) { return 1; }
/* Streams and events are addresses that mean nothing; graphs only with STUB_CUDA_GRAPHS. */
static int handle(void **handle, const char *needed) {
  if (!getenv(needed)) return 999;
  *handle = malloc(1);
  return 0;
}
static int succeeds(const char *needed) { return getenv(needed) ? 0 : 999; }
int cudaGetLastError(void) { return 0; }
int cudaStreamCreateWithFlags(void **stream, unsigned flags) { return handle(stream, "STUB_CUDA_MEMORY"); }
int cudaStreamDestroy(void *stream) { free(stream); return 0; }
int cudaStreamSynchronize(void *stream) { return succeeds("STUB_CUDA_MEMORY"); }
int cudaEventCreate(void **event) { return handle(event, "STUB_CUDA_MEMORY"); }
int cudaEventDestroy(void *event) { free(event); return 0; }
int cudaEventRecord(void *event, void *stream) { return succeeds("STUB_CUDA_MEMORY"); }
int cudaEventElapsedTime(float *millis, void *from, void *to) { *millis = 0.25f; return 0; }
int cudaStreamBeginCapture(void *stream, int mode) { return succeeds("STUB_CUDA_GRAPHS"); }
int cudaStreamEndCapture(void *stream, void **graph) { return handle(graph, "STUB_CUDA_GRAPHS"); }
int cudaGraphInstantiate(void **executable, void *graph, unsigned long flags) { return handle(executable, "STUB_CUDA_GRAPHS"); }
int cudaGraphDestroy(void *graph) { free(graph); return 0; }
static int launches;
int cudaGraphLaunch(void *executable, void *stream) { launches++; return 0; }
int cudaGraphExecDestroy(void *executable) { free(executable); return 0; }
int stub_launches(void) { return launches; }
C
library libcuda.so.1 "$out/driver.c" 'cu[A-Z]' "$jni"/libjnicudart.so
library libcudart.so.13 "$out/runtime.c" '(__)?cuda' "$jni"/libjnicudart.so
library libcublasLt.so.13 - cublasLt "$jni"/libjnicublas.so
library libcublas.so.13 - 'cublas([^L]|L[^t])' "$jni"/libjnicublas.so
for part in graph ops cnn adv; do library "libcudnn_$part.so.9" - cudnn "$jni"/libjnicudnn.so; done
library libnvrtc.so.13 - nvrtc "$jni"/libjninvrtc.so
rm "$out/driver.c" "$out/runtime.c"
