// SPDX-License-Identifier: Apache-2.0
//
// Packs floats [rows][columns] to bits: 1 for values < 0. Adds the number of ones of each row to `counts` and sets
// `invalid` if a value is NaN.

__device__ __forceinline__ unsigned packWord(const float* row, int column, int columns, int* invalid) {
  float value = column < columns ? row[column] : 0.0f;
  if (value != value) {
    *invalid = 1;
  }
  return __ballot_sync(0xffffffffu, value < 0.0f);
}

// Packs into tiles; one warp per row and tile.
extern "C" __global__ void packTiles(
    const float* values, unsigned* bits, int* counts, int* invalid, int rows, int columns, int tiles) {
  long long warp = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) >> 5;
  int lane = threadIdx.x & 31;
  if (warp >= static_cast<long long>(rows) * tiles) {
    return;
  }
  int row = static_cast<int>(warp / tiles);
  int tile = static_cast<int>(warp % tiles);
  const float* from = values + static_cast<size_t>(row) * columns;
  unsigned mine = 0;
  int ones = 0;
#pragma unroll
  for (int word = 0; word < TILE_WORDS; word++) {
    unsigned packed = packWord(from, tile * TILE_WORDS * 32 + word * 32 + lane, columns, invalid);
    mine = lane == word ? packed : mine;
    ones += __popc(packed);
  }
  if (lane < TILE_WORDS) {
    bits[offsetInTiles(row, tile * TILE_WORDS + lane, tiles)] = mine;
  }
  if (lane == 0) {
    atomicAdd(counts + row, ones);
  }
}

// Packs row by row; one warp per word.
extern "C" __global__ void packRows(
    const float* values, unsigned* bits, int* counts, int* invalid, int rows, int columns, int words) {
  long long warp = (static_cast<long long>(blockIdx.x) * blockDim.x + threadIdx.x) >> 5;
  int lane = threadIdx.x & 31;
  if (warp >= static_cast<long long>(rows) * words) {
    return;
  }
  int row = static_cast<int>(warp / words);
  int word = static_cast<int>(warp % words);
  unsigned packed = packWord(values + static_cast<size_t>(row) * columns, word * 32 + lane, columns, invalid);
  if (lane == 0) {
    bits[warp] = packed;
    atomicAdd(counts + row, __popc(packed));
  }
}
