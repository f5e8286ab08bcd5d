// SPDX-License-Identifier: Apache-2.0
//
// The kernels as a shared library for the CPU, launched by name with pointers to the arguments, as cuLaunchKernel does.
#include "emulation.h"

#include "kernels.cu"

#include <utility>

template <class... Arguments, size_t... INDEX>
static void call(void (*kernel)(Arguments...), void** arguments, std::index_sequence<INDEX...>) {
  kernel(*static_cast<Arguments*>(arguments[INDEX])...);
}

template <class... Arguments>
static bool run(void (*kernel)(Arguments...), int gridX, int gridY, int threads, void** arguments, int count) {
  if (sizeof...(Arguments) != static_cast<size_t>(count)) {
    return false;
  }
  emulation::launch(gridX, gridY, threads, [=] { call(kernel, arguments, std::index_sequence_for<Arguments...>{}); });
  return true;
}

#define TRY(KERNEL)                                               \
  if (strcmp(name, #KERNEL) == 0) {                               \
    return run(KERNEL, gridX, gridY, threads, arguments, count); \
  }

// Returns 0 for a kernel that is unknown or has another number of arguments.
extern "C" int launchKernel(const char* name, int gridX, int gridY, int threads, void** arguments, int count) {
  TRY(packTiles)
  TRY(packRows)
  TRY(popcountGemm)
  TRY(popcountConvolution)
  TRY(tensorGemmXor)
  TRY(tensorGemmAnd)
  TRY(tensorGemmXorNarrow)
  TRY(tensorGemmAndNarrow)
  TRY(tensorConvolutionXor)
  TRY(tensorConvolutionAnd)
  TRY(limitXor)
  TRY(limitAnd)
  return 0;
}
