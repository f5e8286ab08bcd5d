// SPDX-License-Identifier: Apache-2.0
//
// The multiplication on bits from registers alone, again and again: what no product on the tensor cores can exceed.
// Four fragments of each operand in turn, as a warp of the product has them, so that the bits change as there.

constexpr int LIMIT_TILES = 4;

template <class Form>
__device__ __forceinline__ void multiplyRegisters(int* results, int iterations) {
  int thread = blockIdx.x * blockDim.x + threadIdx.x;
  unsigned seed = (thread + 1) * 2654435761u;
  uint4 a[LIMIT_TILES];
  unsigned b[LIMIT_TILES][2];
#pragma unroll
  for (int i = 0; i < LIMIT_TILES; i++) {
    a[i].x = seed *= 747796405u;
    a[i].y = seed *= 747796405u;
    a[i].z = seed *= 747796405u;
    a[i].w = seed *= 747796405u;
    b[i][0] = seed *= 747796405u;
    b[i][1] = seed *= 747796405u;
  }
  int count[LIMIT_TILES][LIMIT_TILES][4] = {};
#pragma unroll 1
  for (int iteration = 0; iteration < iterations; iteration++) {
#pragma unroll
    for (int n = 0; n < LIMIT_TILES; n++) {
#pragma unroll
      for (int m = 0; m < LIMIT_TILES; m++) {
        Form::multiply(count[m][n], a[m], b[n][0], b[n][1]);
      }
    }
  }
  int sum = 0;
#pragma unroll
  for (int i = 0; i < LIMIT_TILES * LIMIT_TILES * 4; i++) {
    sum += count[i / 4 / LIMIT_TILES][i / 4 % LIMIT_TILES][i % 4];
  }
  results[thread] = sum;
}

extern "C" __global__ void limitXor(int* results, int iterations) { multiplyRegisters<XorForm>(results, iterations); }
extern "C" __global__ void limitAnd(int* results, int iterations) { multiplyRegisters<AndForm>(results, iterations); }
